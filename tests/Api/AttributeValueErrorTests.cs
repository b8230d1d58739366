using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>Texts captured from DynamoDB, with both sides of each limit.</summary>
public sealed class AttributeValueErrorTests
{
    private const string Invalid = "One or more parameter values were invalid: ";
    private const string Nesting = "Nesting Levels have exceeded supported limits: "
        + "Attributes in the item have nested levels beyond supported limit";

    [Theory]
    [InlineData("""{}""", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")]
    [InlineData("""{"S":null}""", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")]
    [InlineData("""{"X":"a"}""", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")]
    [InlineData("""null""", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")]
    [InlineData("""{"L":[null]}""", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")]
    [InlineData("""{"S":"a","N":"1"}""", "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")]
    [InlineData("""{"NULL":false}""", Invalid + "Null attribute value types must have the value of true")]
    [InlineData("""{"NS":[]}""", Invalid + "An number set  may not be empty")]
    [InlineData("""{"SS":[]}""", Invalid + "An string set  may not be empty")]
    [InlineData("""{"BS":[]}""", Invalid + "Binary sets should not be empty")]
    [InlineData("""{"SS":["a","a"]}""", Invalid + "Input collection [a, a] contains duplicates.")]
    [InlineData("""{"SS":["b","a","b"]}""", Invalid + "Input collection [b, a, b] contains duplicates.")]
    [InlineData("""{"NS":["1","1.0"]}""", "Input collection contains duplicates")]
    [InlineData("""{"BS":["AQ==","AQ=="]}""", Invalid + "Input collection [AQ==, AQ==] of type BS contains duplicates.")]
    [InlineData("""{"N":"abc"}""", "The parameter cannot be converted to a numeric value: abc")]
    [InlineData("""{"N":"\u0061bc"}""", "The parameter cannot be converted to a numeric value: abc")]
    [InlineData("""{"N":""}""", "The parameter cannot be converted to a numeric value")]
    [InlineData("""{"NS":["1","x"]}""", "The parameter cannot be converted to a numeric value: x")]
    [InlineData("""{"N":"1e126"}""", "Number overflow. Attempting to store a number with magnitude larger than supported range")]
    [InlineData("""{"N":"1e-131"}""", "Number underflow. Attempting to store a number with magnitude smaller than supported range")]
    [InlineData("""{"N":"0.123456789012345678901234567890123456789"}""", "Attempting to store more than 38 significant digits in a Number")]
    public void Values_that_DynamoDB_refuses(string json, string message) =>
        AssertRefused("ValidationException", message, json);

    [Theory]
    [InlineData("""{"S":1}""", "NUMBER_VALUE cannot be converted to String")]
    [InlineData("""{"S":true}""", "TRUE_VALUE cannot be converted to String")]
    [InlineData("""{"N":1}""", "NUMBER_VALUE cannot be converted to String")]
    [InlineData("""{"S":{}}""", "Start of structure or map found where not expected.")]
    [InlineData("""{"S":[]}""", "Unrecognized collection type class java.lang.String")]
    [InlineData("""{"BOOL":"true"}""", "Unexpected token received from parser")]
    [InlineData("""{"BOOL":1}""", "NUMBER_VALUE cannot be converted to Boolean")]
    [InlineData("""{"SS":"a"}""", "Unexpected field type")]
    [InlineData("""{"SS":[1]}""", "NUMBER_VALUE cannot be converted to String")]
    [InlineData("""{"L":{}}""", "Start of structure or map found where not expected.")]
    [InlineData("""{"M":"a"}""", "Unexpected field type")]
    [InlineData("""{"L":["a"]}""", "Unexpected value type in payload")]
    [InlineData("""{"B":1}""", "only base-64-encoded strings are convertible to bytes")]
    [InlineData("""{"B":"AAA"}""", "Base64 encoded length is expected a multiple of 4 bytes but found: 3")]
    [InlineData("""{"B":"A&AA"}""", "Invalid Base64 character: '&'")]
    [InlineData("""{"B":"AB=="}""", "Invalid last non-pad Base64 character dectected")]
    [InlineData("""{"B":"AA==AA=="}""", "Invalid Base64 character: '='")]
    [InlineData("""{"B":"AA \n\t \r "}""", "Invalid Base64 character")]
    [InlineData("""{"B":"===="}""", "Invalid Base64 character: '='")]
    [InlineData("""{"S":"\ud800"}""", "String is not valid UTF-8 or UTF-16 text")]
    [InlineData("""{"S":"\udc00\ud800"}""", "String is not valid UTF-8 or UTF-16 text")]
    [InlineData("""{"M":{"\ud800":{"S":"a"}}}""", "String is not valid UTF-8 or UTF-16 text")]
    [InlineData("""{"S":"a",}""", "Unexpected token received from parser")]
    [InlineData("""{"S":"a" "N":"1"}""", "Unexpected token received from parser")]
    [InlineData("""{"S":"a""", "Unexpected token received from parser")]
    [InlineData("""{"S":"\x"}""", "Unexpected token received from parser")]
    public void Json_of_another_shape(string json, string message) =>
        AssertRefused("SerializationException", message, json);

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused_in_values_names_and_types()
    {
        foreach (var json in (string[])["""{"S":"?"}""", """{"M":{"?":{"S":"a"}}}""", """{"S":"\n?"}""", """{"SS":["?"]}"""])
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(json);
            bytes[json.IndexOf('?', StringComparison.Ordinal)] = 0xFF;
            var error = Assert.Throws<DynamoDbException>(() => AttributeValueJsonTests.ReadValue(bytes));
            Assert.Equal("SerializationException", error.ErrorType);
        }
    }

    /// <summary>Captured: 31 containers around a scalar pass, 32 fail.</summary>
    [Theory]
    [InlineData("""{"L":[""", "]}")]
    [InlineData("""{"M":{"a":""", "}}")]
    public void Nesting_ends_at_32_levels(string open, string close)
    {
        AttributeValueJsonTests.ReadValue(Wrap("""{"S":"x"}""", 31));
        AttributeValueJsonTests.ReadItem("{\"a\":" + Wrap("""{"S":"x"}""", 31) + "}");
        AttributeValueJsonTests.ReadValue(Wrap("""{"SS":["x"]}""", 31));
        AssertRefused("ValidationException", Nesting, Wrap("""{"S":"x"}""", 32));
        AssertRefused("ValidationException", Nesting, Wrap("""{"S":"x"}""", 5_000));
        var error = Assert.Throws<DynamoDbException>(
            () => AttributeValueJsonTests.ReadItem("{\"a\":" + Wrap("""{"S":"x"}""", 32) + "}"));
        Assert.Equal(Nesting, error.Message);

        string Wrap(string value, int wrappers) =>
            string.Concat(Enumerable.Repeat(open, wrappers)) + value + string.Concat(Enumerable.Repeat(close, wrappers));
    }

    [Fact]
    public void A_depth_bomb_where_nobody_reads_is_refused()
    {
        var bomb = "{\"X\":" + new string('[', 100_000) + new string(']', 100_000) + "}";
        AssertRefused("SerializationException", "Unexpected token received from parser", bomb);
    }

    [Fact]
    public void Names_are_given_once_are_not_empty_and_have_at_most_65535_bytes()
    {
        AssertRefused("ValidationException", Invalid + "An attribute name may appear only once", """{"M":{"a":{"S":"1"},"a":{"S":"2"}}}""");
        AssertRefused("ValidationException", Invalid + "An attribute name may not be empty", """{"M":{"":{"S":"1"}}}""");
        AttributeValueJsonTests.ReadItem("{\"" + new string('n', 65_535) + "\":{\"S\":\"\"}}");
        AssertRefused(
            "ValidationException",
            Invalid + "Attribute name is too large, must be less than 65536 bytes",
            "{\"M\":{\"" + new string('n', 65_536) + "\":{\"S\":\"\"}}}");
    }

    [Fact]
    public void A_refusal_does_not_echo_without_end()
    {
        var number = Assert.Throws<DynamoDbException>(
            () => AttributeValueJsonTests.ReadValue("{\"N\":\"" + new string('x', 1_000_000) + "\"}"));
        Assert.True(number.Message.Length < 2_000);
        var set = string.Join(",", Enumerable.Repeat("\"element\"", 100_000));
        var duplicates = Assert.Throws<DynamoDbException>(() => AttributeValueJsonTests.ReadValue("{\"SS\":[" + set + "]}"));
        Assert.True(duplicates.Message.Length < 5_000);
    }

    private static void AssertRefused(string type, string message, string json)
    {
        var error = Assert.Throws<DynamoDbException>(() => AttributeValueJsonTests.ReadValue(json));
        Assert.Equal((type, message, 400), (error.ErrorType, error.Message, error.StatusCode));
    }
}
