using Storage.Engine.Api;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>How requests find their operation, and what is no request at all.</summary>
public sealed class DispatchTests : ApiTest
{
    /// <summary>"An operation not built yet answers UnknownOperationException, never an empty 200."</summary>
    [Theory]
    [InlineData("Nothing")]
    [InlineData("getitem")]
    [InlineData("")]
    public async Task An_operation_that_is_not_built_is_unknown(string operation) =>
        await RefusedAsync(operation, "{}", "UnknownOperationException", "");

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"TableName\":")]
    [InlineData("{\"TableName\":\"Simple\",}")]
    [InlineData("{} {}")]
    [InlineData("{\"TableName\":\"Simple\",\"Key\":{\"pk\":{\"S\":\"a\"")]
    [InlineData("nonsense")]
    public async Task A_body_that_is_no_JSON_is_a_SerializationException(string body) =>
        await RefusedAsync("GetItem", body, "SerializationException", "Unexpected token received from parser");

    [Fact]
    public async Task A_body_that_is_no_object_is_a_SerializationException()
    {
        var (status, body) = await SendAsync("GetItem", "[1]");
        Assert.Equal(400, status);
        Assert.Contains("SerializationException", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deep_nesting_in_a_member_nobody_reads_is_refused_and_the_next_request_is_answered()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 100_000));
        await RefusedAsync(
            "GetItem", $$"""{"Other":{{deep}}}""", "SerializationException", "Unexpected token received from parser");
        Assert.Equal("{}", await GetAsync("a"));
    }

    [Fact]
    public async Task A_member_of_the_wrong_JSON_type_is_a_SerializationException()
    {
        await RefusedAsync(
            "GetItem", """{"TableName":1}""", "SerializationException", "NUMBER_VALUE cannot be converted to String");
        await RefusedAsync(
            "GetItem",
            """{"ConsistentRead":1}""",
            "SerializationException",
            "NUMBER_VALUE cannot be converted to Boolean");
        await RefusedAsync(
            "GetItem",
            """{"TableName":{}}""",
            "SerializationException",
            "Start of structure or map found where not expected.");
    }

    [Fact]
    public async Task Members_come_in_any_order_escaped_or_not_and_unknown_ones_are_ignored()
    {
        await OkAsync(
            "UpdateItem",
            """
            {
              "ExpressionAttributeValues": {":v": {"N": "1"}}, "Unknown": [{"a": [1, null]}],
              "Key": {"p\u006b": {"S": "\u0061"}},
              "UpdateExpression": "SET #n = :v", "ConditionExpression": null,
              "ExpressionAttributeNames": {"#n": "n"}, "T\u0061bleName": "Simpl\u0065"
            }
            """);
        Assert.Equal("""{"Item":{"n":{"N":"1"},"pk":{"S":"a"}}}""", await GetAsync("a"));
    }

    /// <summary>"ARNs carry --region and --account, an ARN in a request matches by table name."</summary>
    [Fact]
    public async Task An_ARN_stands_for_its_table_whatever_its_Region_and_account()
    {
        await PutAsync("a");
        Assert.Equal("""{"Item":{"pk":{"S":"a"}}}""", await OkAsync(
            "GetItem",
            """{"TableName":"arn:aws:dynamodb:eu-west-1:000000000000:table/Simple","Key":{"pk":{"S":"a"}}}"""));
    }

    [Fact]
    public async Task An_error_leaves_nothing_of_another_answer_in_a_reused_writer()
    {
        for (var i = 0; i < 3; i++)
        {
            await InvalidAsync(
                "GetItem", "{}", "The parameter 'TableName' is required but was not present in the request");
            Assert.Equal("{}", await GetAsync("a"));
        }
    }

    [Fact]
    public async Task Concurrent_requests_do_not_share_their_scopes()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                var key = $"{thread}-{i}";
                await PutAsync(key, $$$$$""","n":{"N":"{{{{{i}}}}}"}""");
                Assert.Equal($$$$$"""{"Item":{"n":{"N":"{{{{{i}}}}}"},"pk":{"S":"{{{{{key}}}}}"}}}""", await GetAsync(key));
            }
        })));
    }

    [Fact]
    public void An_error_names_the_namespace_that_AWS_uses()
    {
        var response = new System.Buffers.ArrayBufferWriter<byte>();
        ErrorJson.Write(response, "ValidationException", "text");
        Assert.Equal(
            """{"__type":"com.amazon.coral.validate#ValidationException","message":"text"}"""u8.ToArray(),
            response.WrittenSpan.ToArray());
    }
}
