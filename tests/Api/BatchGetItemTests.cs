using System.Text.Json.Nodes;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>BatchGetItem.</summary>
public sealed class BatchGetItemTests : ApiTest
{
    [Fact]
    public async Task Items_come_by_table_and_absent_ones_are_left_out()
    {
        await PutAsync("a", ""","n":{"N":"1"},"m":{"N":"2"}""");
        await OkAsync("PutItem", """{"TableName":"Pairs","Item":{"pk":{"S":"p"},"sk":{"N":"1"}}}""");
        Assert.Equal(
            """{"Responses":{"Simple":[{"n":{"N":"1"}}],"Pairs":[{"pk":{"S":"p"},"sk":{"N":"1"}}]},"UnprocessedKeys":{}}""",
            await OkAsync(
                "BatchGetItem",
                """
                {"RequestItems":{
                  "Simple":{"ProjectionExpression":"#n","Keys":[{"pk":{"S":"a"}},{"pk":{"S":"none"}}],"ExpressionAttributeNames":{"#n":"n"}},
                  "Pairs":{"Keys":[{"sk":{"N":"1.0"},"pk":{"S":"p"}}],"ConsistentRead":true}}}
                """));
    }

    /// <summary>"A map of table name or table ARN to a list of items." API Reference, BatchGetItem.</summary>
    [Fact]
    public async Task A_table_asked_for_by_its_ARN_is_answered_by_its_ARN()
    {
        const string Arn = "arn:aws:dynamodb:us-east-1:123456789012:table/Simple";
        await PutAsync("a");
        var answer = JsonNode.Parse(await OkAsync(
            "BatchGetItem", $$$$$"""{"RequestItems":{"{{{{{Arn}}}}}":{"Keys":[{"pk":{"S":"a"}}]}}}"""))!;
        Assert.Single(answer["Responses"]![Arn]!.AsArray());
    }

    /// <summary>"Up to 16 MB of data, as many as 100 items." API Reference, BatchGetItem.</summary>
    [Fact]
    public async Task What_does_not_fit_into_16_MB_is_to_be_asked_for_again()
    {
        var content = $$$$$""","x":{"S":"{{{{{new string('x', 400_000)}}}}}"}""";
        for (var i = 0; i < 45; i++)
        {
            await PutAsync($"k{i:00}", content);
        }

        var keys = string.Join(',', Enumerable.Range(0, 45).Select(i => $$$$$"""{"pk":{"S":"k{{{{{i:00}}}}}"}}"""));
        var answer = JsonNode.Parse(await OkAsync(
            "BatchGetItem",
            $$$$$"""{"RequestItems":{"Simple":{"Keys":[{{{{{keys}}}}}],"ProjectionExpression":"#p, x","ExpressionAttributeNames":{"#p":"pk"},"ConsistentRead":true}}}"""))!;
        var first = answer["Responses"]!["Simple"]!.AsArray();
        var rest = answer["UnprocessedKeys"]!;
        Assert.Equal(16 * 1024 * 1024 / 400_006, first.Count);
        Assert.Equal(45 - first.Count, rest["Simple"]!["Keys"]!.AsArray().Count);

        var second = JsonNode.Parse(await OkAsync("BatchGetItem", $$"""{"RequestItems":{{rest.ToJsonString()}}}"""))!;
        Assert.Equal("{}", second["UnprocessedKeys"]!.ToJsonString());
        Assert.Equal(
            Enumerable.Range(0, 45).Select(i => $"k{i:00}"),
            first.Concat(second["Responses"]!["Simple"]!.AsArray()).Select(item => (string?)item!["pk"]!["S"]));
    }

    [Theory]
    [InlineData("""{}""", "The requestItems parameter is required for BatchGetItem")]
    [InlineData("""{"RequestItems":{}}""", "The requestItems parameter is required for BatchGetItem")]
    [InlineData("""{"RequestItems":{"Simple":{"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"a"}}]}}}""", "Provided list of item keys contains duplicates")]
    [InlineData("""{"RequestItems":{"Simple":{"Keys":[{"pk":{"S":"a"}}]},"arn:aws:dynamodb:x:y:table/Simple":{"Keys":[{"pk":{"S":"a"}}]}}}""", "Provided list of item keys contains duplicates")]
    [InlineData("""{"RequestItems":{"Simple":{"Keys":[{"pk":{"N":"1"}}]}}}""", "The provided key element does not match the schema")]
    [InlineData("""{"RequestItems":{"Simple":{"Keys":[]}}}""", "1 validation error detected: Value '[]' at 'requestItems.Simple.member.keys' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("""{"RequestItems":{"Simple":{}}}""", "1 validation error detected: Value null at 'requestItems.Simple.member.keys' failed to satisfy constraint: Member must not be null")]
    public async Task What_cannot_be_asked_for_is_refused(string request, string message) =>
        await InvalidAsync("BatchGetItem", request, message);

    [Fact]
    public async Task A_missing_table_refuses_the_whole_batch() =>
        await RefusedAsync(
            "BatchGetItem",
            """{"RequestItems":{"Simple":{"Keys":[{"pk":{"S":"a"}}]},"None":{"Keys":[{"pk":{"S":"a"}}]}}}""",
            "ResourceNotFoundException",
            "Requested resource not found");

    [Fact]
    public async Task A_batch_has_at_most_100_keys()
    {
        await OkAsync("BatchGetItem", Request(100));
        await InvalidAsync("BatchGetItem", Request(101), "Too many items requested for the BatchGetItem call");

        static string Request(int count)
        {
            var keys = string.Join(',', Enumerable.Range(0, count).Select(i => $$$$$"""{"pk":{"S":"{{{{{i}}}}}"}}"""));
            return $$$$$"""{"RequestItems":{"Simple":{"Keys":[{{{{{keys}}}}}]}}}""";
        }
    }
}
