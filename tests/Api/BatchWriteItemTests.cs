using Xunit;

namespace Storage.Tests.Api;

/// <summary>BatchWriteItem.</summary>
public sealed class BatchWriteItemTests : ApiTest
{
    [Fact]
    public async Task Puts_and_deletes_on_several_tables_are_done_together()
    {
        await PutAsync("gone");
        Assert.Equal("""{"UnprocessedItems":{}}""", await OkAsync(
            "BatchWriteItem",
            """
            {"RequestItems":{
              "Simple":[{"PutRequest":{"Item":{"pk":{"S":"a"},"n":{"N":"1"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"gone"}}}}],
              "Pairs":[{"PutRequest":{"Item":{"pk":{"S":"p"},"sk":{"N":"1"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"p"},"sk":{"N":"2"}}}}]}}
            """));
        Assert.Equal("""{"Item":{"n":{"N":"1"},"pk":{"S":"a"}}}""", await GetAsync("a"));
        Assert.Equal("{}", await GetAsync("gone"));
        Assert.Equal(
            """{"Item":{"pk":{"S":"p"},"sk":{"N":"1"}}}""",
            await OkAsync("GetItem", """{"TableName":"Pairs","Key":{"pk":{"S":"p"},"sk":{"N":"1"}}}"""));
    }

    [Theory]
    [InlineData("""{}""", "The requestItems parameter is required for BatchWriteItem")]
    [InlineData("""{"RequestItems":{}}""", "The requestItems parameter is required for BatchWriteItem")]
    [InlineData("""{"RequestItems":{"Simple":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"a"}}}}]}}""", "Provided list of item keys contains duplicates")]
    [InlineData("""{"RequestItems":{"Simple":[{"PutRequest":{"Item":{"pk":{"N":"1"}}}}]}}""", "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N")]
    [InlineData("""{"RequestItems":{"Simple":[{"DeleteRequest":{"Key":{"pk":{"N":"1"}}}}]}}""", "The provided key element does not match the schema")]
    [InlineData("""{"RequestItems":{"Simple":[{"PutRequest":{"Item":{"pk":{"S":"a"}}},"DeleteRequest":{"Key":{"pk":{"S":"a"}}}}]}}""", "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")]
    [InlineData("""{"RequestItems":{"Simple":[{"PutRequest":{}}]}}""", "The parameter 'Item' is required but was not present in the request")]
    [InlineData("""{"RequestItems":{"Simple":[]}}""", "1 validation error detected: Value '{Simple=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]")]
    public async Task What_cannot_be_written_is_refused(string request, string message) =>
        await InvalidAsync("BatchWriteItem", request, message);

    [Fact]
    public async Task A_refused_batch_writes_nothing()
    {
        await RefusedAsync(
            "BatchWriteItem",
            """{"RequestItems":{"Simple":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}}],"None":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}}]}}""",
            "ResourceNotFoundException",
            "Requested resource not found");
        Assert.Equal("{}", await GetAsync("a"));
    }

    [Fact]
    public async Task A_batch_has_at_most_25_writes()
    {
        await OkAsync("BatchWriteItem", Request(25));
        await InvalidAsync("BatchWriteItem", Request(26), "Too many items requested for the BatchWriteItem call");

        static string Request(int count)
        {
            var puts = string.Join(
                ',', Enumerable.Range(0, count).Select(i => $$$$$"""{"PutRequest":{"Item":{"pk":{"S":"{{{{{i}}}}}"}}}}"""));
            return $$$$$"""{"RequestItems":{"Simple":[{{{{{puts}}}}}]}}""";
        }
    }
}
