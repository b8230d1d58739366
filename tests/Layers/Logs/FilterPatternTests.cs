using Storage.Server.Aws;
using Storage.Server.Logs;
using Xunit;

namespace Storage.Layers.Tests.Logs;

/// <summary>Which messages a pattern fits. Source: CloudWatch Logs User Guide, filter pattern syntax.</summary>
public sealed class FilterPatternTests
{
    [Theory]
    [InlineData("", "anything", true)]
    [InlineData("ERROR", "[ERROR 400] BAD REQUEST", true)]
    [InlineData("ERROR", "error", false)]
    [InlineData("ERROR", "ERRORS", false)]
    [InlineData("ERROR ARGUMENTS", "[ERROR 401] UNAUTHORIZED: ARGUMENTS", true)]
    [InlineData("ERROR ARGUMENTS", "[ERROR 401] UNAUTHORIZED", false)]
    [InlineData("?ERROR ?WARN", "[WARN] x", true)]
    [InlineData("?ERROR ?WARN", "[INFO] x", false)]
    [InlineData("ERROR -EXITING", "ERROR EXITING", false)]
    [InlineData("ERROR -EXITING", "ERROR", true)]
    [InlineData("\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR", true)]
    [InlineData("\"INTERNAL SERVER ERROR\"", "INTERNAL ERROR SERVER", false)]
    [InlineData("-\"BAD REQUEST\"", "[ERROR 400] BAD REQUEST", false)]
    [InlineData("\"RequestId: 1-2\"", "START RequestId: 1-2 Version: $LATEST\n", true)]
    public void Words_and_phrases(string pattern, string message, bool fits) =>
        Assert.Equal(fits, FilterPattern.Parse(pattern).Matches(message));

    [Theory]
    [InlineData("{ $.eventType = \"UpdateTrail\" }", true)]
    [InlineData("{ $.eventType = UpdateTrail }", true)]
    [InlineData("{ $.eventType = \"Update*\" }", true)]
    [InlineData("{ $.eventType = \"*Update\" }", false)]
    [InlineData("{ $.eventType != \"Other\" }", true)]
    [InlineData("{ $.missing != \"Other\" }", false)]
    [InlineData("{ $.sourceIP = 111.111.* }", true)]
    [InlineData("{ $.list[0] = \"value\" }", true)]
    [InlineData("{ $.list[2] = \"value\" }", false)]
    [InlineData("{ $.objects[1].id = 2 }", true)]
    [InlineData("{ $.objects[1].id > 1.5 && $.objects[1].id <= 2 }", true)]
    [InlineData("{ $.objects[1].id > 2 || $.ok IS TRUE }", true)]
    [InlineData("{ ($.objects[1].id > 2 || $.ok IS TRUE) && $.nothing IS NULL }", true)]
    [InlineData("{ $.ok IS FALSE }", false)]
    [InlineData("{ $.other NOT EXISTS }", true)]
    [InlineData("{ $.ok NOT EXISTS }", false)]
    public void Conditions_on_JSON(string pattern, bool fits)
    {
        const string Message = """{"eventType":"UpdateTrail","sourceIP":"111.111.111.111","list":["value","another"],"objects":[{"id":1},{"id":2}],"ok":true,"nothing":null}""";
        Assert.Equal(fits, FilterPattern.Parse(pattern).Matches(Message));
        Assert.False(FilterPattern.Parse(pattern).Matches("no JSON"));
    }

    [Theory]
    [InlineData("{ $.a = }")]
    [InlineData("{ $.a }")]
    [InlineData("{ a = 1 }")]
    [InlineData("{ $.a = 1")]
    [InlineData("{ $.a = 1 && }")]
    [InlineData("{ ($.a = 1 }")]
    [InlineData("{ $.a = 1 ! }")]
    [InlineData("{}")]
    [InlineData("\"open")]
    [InlineData("a ?")]
    [InlineData("[ip, user]")]
    public void What_is_no_pattern_is_refused(string pattern)
    {
        var refusal = Assert.Throws<AwsException>(() => FilterPattern.Parse(pattern));
        Assert.Equal("InvalidParameterException", refusal.Fault.Code);
    }

    [Fact]
    public void Deep_parentheses_are_refused_not_followed()
    {
        var deep = "{ " + new string('(', 500) + "$.a = 1" + new string(')', 500) + " }";
        Assert.Throws<AwsException>(() => FilterPattern.Parse(deep));
    }

    /// <summary>Parsing and matching go as deep as a pattern is long. Source of the limit: API Reference, FilterLogEvents.</summary>
    [Fact]
    public void A_pattern_has_at_most_1024_characters()
    {
        var longest = "{ $.a = 1" + string.Concat(Enumerable.Repeat(" || $.a = 1", 92)) + " }";
        Assert.InRange(longest.Length, 1000, 1024);
        Assert.True(FilterPattern.Parse(longest).Matches("{\"a\":1}"));
        var tooLong = Assert.Throws<AwsException>(() => FilterPattern.Parse("{ $.a = 1" + string.Concat(Enumerable.Repeat(" && $.a = 1", 1_000_000)) + " }"));
        Assert.Equal("InvalidParameterException", tooLong.Fault.Code);
    }

    [Fact]
    public void A_message_with_half_a_surrogate_pair_fits_no_expression() =>
        Assert.False(FilterPattern.Parse("{ $.a = \"x\" }").Matches("{\"a\":\"\\ud800\"}"));
}
