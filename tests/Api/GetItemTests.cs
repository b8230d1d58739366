using Xunit;

namespace Storage.Tests.Api;

/// <summary>GetItem.</summary>
public sealed class GetItemTests : ApiTest
{
    [Fact]
    public async Task An_absent_item_is_an_empty_answer()
    {
        Assert.Equal("{}", await GetAsync("a"));
    }

    [Fact]
    public async Task A_projection_keeps_the_structure_of_what_it_shows()
    {
        await PutAsync("a", ""","m":{"M":{"x":{"N":"1"},"y":{"N":"2"}}},"l":{"L":[{"S":"0"},{"S":"1"},{"S":"2"}]},"n":{"N":"1"}""");
        Assert.Equal("""{"Item":{"l":{"L":[{"S":"2"}]},"m":{"M":{"y":{"N":"2"}}}}}""", await Project("#m.y, l[2]"));
        Assert.Equal("""{"Item":{}}""", await Project("#m.z"));

        Task<string> Project(string projection) => OkAsync(
            "GetItem",
            $$$$$"""{"TableName":"Simple","Key":{"pk":{"S":"a"}},"ProjectionExpression":"{{{{{projection}}}}}","ExpressionAttributeNames":{"#m":"m"},"ConsistentRead":true}""");
    }

    [Theory]
    [InlineData("Simple", """{}""", "The provided key element does not match the schema")]
    [InlineData("Simple", """{"pk":{"N":"1"}}""", "The provided key element does not match the schema")]
    [InlineData("Simple", """{"pk":{"S":"a"},"sk":{"N":"1"}}""", "The provided key element does not match the schema")]
    [InlineData("Pairs", """{"pk":{"S":"a"}}""", "The provided key element does not match the schema")]
    [InlineData("Simple", """{"pk":{"S":""}}""", "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk")]
    public async Task A_key_has_the_schemas_attributes_and_no_others(string table, string key, string message)
    {
        foreach (var operation in (string[])["GetItem", "UpdateItem", "DeleteItem"])
        {
            await InvalidAsync(operation, $$"""{"TableName":"{{table}}","Key":{{key}}}""", message);
        }
    }

    [Theory]
    [InlineData("!!", "Invalid ProjectionExpression: Syntax error; token: \"!\", near: \"!!\"")]
    [InlineData("#x", "Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; attribute name: #x")]
    public async Task A_faulty_projection_is_refused(string projection, string message) =>
        await InvalidAsync(
            "GetItem",
            $$$$$"""{"TableName":"None","Key":{"pk":{"S":"a"}},"ProjectionExpression":"{{{{{projection}}}}}"}""",
            message);

    [Fact]
    public async Task Names_without_a_projection_are_refused() =>
        await InvalidAsync(
            "GetItem",
            """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"ExpressionAttributeNames":{"#a":"a"}}""",
            "ExpressionAttributeNames can only be specified when using expressions");
}
