using System.Globalization;
using Storage.Engine.Expressions;
using Xunit;

namespace Storage.Tests.Expressions;

public sealed class PlaceholdersTests
{
    /// <summary>Source: captured from DynamoDB.</summary>
    [Fact]
    public void A_definition_that_no_expression_uses_is_refused()
    {
        var names = ExpressionRequest.With("#a=a", "#unused=u");
        names.Holds("attribute_exists(#a)", "{}");
        Assert.Equal(
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}",
            ExpressionRequest.ErrorOf(names.Placeholders.ThrowIfUnused));

        var values = ExpressionRequest.With(":unused=1", ":too=2");
        Assert.Equal(
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused, :too}",
            ExpressionRequest.ErrorOf(values.Placeholders.ThrowIfUnused));
    }

    [Fact]
    public void What_several_expressions_use_together_is_used()
    {
        var request = ExpressionRequest.With("#a=a", "#b=b", ":v=1", ":w=2");
        request.Holds("#a = :v", "{}");
        request.Apply("SET #b = :w, #a = :v", "{}");
        request.Placeholders.ThrowIfUnused();
    }

    /// <summary>Source: captured from DynamoDB.</summary>
    [Fact]
    public void An_undefined_placeholder_is_refused()
    {
        Assert.Equal(
            "Invalid FilterExpression: An expression attribute name used in the document path is not defined; attribute name: #missing",
            ExpressionRequest.With(":v=1").FilterError("#missing = :v"));
        Assert.Equal(
            "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :v",
            new ExpressionRequest().UpdateError("SET a = :v"));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("#")]
    [InlineData("#a b")]
    [InlineData("#a-b")]
    [InlineData(":a")]
    [InlineData("")]
    public void A_name_placeholder_is_a_hash_and_letters(string token) => Assert.Equal(
        $"ExpressionAttributeNames contains invalid key: Syntax error; key: \"{token}\"",
        ExpressionRequest.ErrorOf(() => new Placeholders().AddName(ExpressionRequest.Utf8(token), "a"u8)));

    [Fact]
    public void A_value_placeholder_is_a_colon_and_letters() => Assert.Equal(
        "ExpressionAttributeValues contains invalid key: Syntax error; key: \"v\"",
        ExpressionRequest.ErrorOf(() => new Placeholders().AddValue("v"u8, PlainJson.Encode("1"))));

    /// <summary>"Each expression attribute name or value placeholder: 255 bytes." Developer Guide, quotas.</summary>
    [Fact]
    public void A_placeholder_has_255_bytes_and_not_one_more()
    {
        var longest = ExpressionRequest.Utf8("#" + new string('a', 254));
        var placeholders = new Placeholders();
        placeholders.AddName(longest, "a"u8);
        Assert.StartsWith(
            "ExpressionAttributeNames contains invalid key",
            ExpressionRequest.ErrorOf(() => placeholders.AddName([.. longest, (byte)'a'], "a"u8)),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "Invalid ConditionExpression: Placeholder size",
            new ExpressionRequest().ConditionError($"attribute_exists(#{new string('a', 255)})"),
            StringComparison.Ordinal);
    }

    /// <summary>"The maximum length of all substitution variables in an expression is 2 MB." Developer Guide.</summary>
    [Fact]
    public void More_than_2_MB_of_substitutions_are_refused()
    {
        var placeholders = new Placeholders();
        var half = PlainJson.Encode($"'{new string('x', 1024 * 1024)}'");
        placeholders.AddValue(":a"u8, half);
        Assert.Contains(
            "exceeded",
            ExpressionRequest.ErrorOf(() => placeholders.AddValue(":b"u8, half)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(1000)]
    public void Any_number_of_placeholders_is_found_again_also_after_clearing(int count)
    {
        var placeholders = new Placeholders();
        for (var round = 0; round < 3; round++)
        {
            placeholders.Clear();
            for (var i = 0; i < count; i++)
            {
                placeholders.AddName(Token(i), ExpressionRequest.Utf8("old"));
                placeholders.AddName(Token(i), ExpressionRequest.Utf8($"name{i}"));
            }

            Assert.Equal(count, placeholders.NameCount);
            for (var i = 0; i < count; i++)
            {
                Assert.True(placeholders.TryGetName(Token(i), out var name));
                Assert.Equal($"name{i}", ExpressionError.Utf8(name));
            }

            Assert.False(placeholders.TryGetName(Token(count), out _));
            Assert.False(placeholders.TryGetValue(":a"u8, out _));
        }

        static byte[] Token(int i) => ExpressionRequest.Utf8("#n" + i.ToString(CultureInfo.InvariantCulture));
    }
}
