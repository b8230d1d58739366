using Xunit;

namespace Storage.Tests.Api;

/// <summary>PutItem.</summary>
public sealed class PutItemTests : ApiTest
{
    [Fact]
    public async Task An_item_that_was_put_is_read_and_a_second_replaces_it_whole()
    {
        Assert.Equal("{}", await OkAsync(
            "PutItem", """{"TableName":"Simple","Item":{"pk":{"S":"a"},"n":{"N":"0042.1200"},"l":{"L":[{"BOOL":true},{"NULL":true}]}}}"""));
        Assert.Equal(
            """{"Item":{"l":{"L":[{"BOOL":true},{"NULL":true}]},"n":{"N":"42.12"},"pk":{"S":"a"}}}""", await GetAsync("a"));
        await PutAsync("a", ""","x":{"S":""}""");
        Assert.Equal("""{"Item":{"pk":{"S":"a"},"x":{"S":""}}}""", await GetAsync("a"));
    }

    [Fact]
    public async Task ALL_OLD_returns_the_item_that_was_and_nothing_when_there_was_none()
    {
        const string Request = """{"TableName":"Simple","Item":{"pk":{"S":"a"},"n":{"N":"1"}},"ReturnValues":"ALL_OLD"}""";
        Assert.Equal("{}", await OkAsync("PutItem", Request));
        Assert.Equal("""{"Attributes":{"n":{"N":"1"},"pk":{"S":"a"}}}""", await OkAsync("PutItem", Request));
    }

    [Fact]
    public async Task A_refused_condition_changes_nothing_and_shows_the_item_when_asked()
    {
        await PutAsync("a", ""","n":{"N":"1"}""");
        const string Request = """{"TableName":"Simple","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(pk)" """;
        var plain = await RefusedAsync(
            "PutItem", Request + "}", "ConditionalCheckFailedException", "The conditional request failed");
        Assert.Null(plain["Item"]);
        var shown = await RefusedAsync(
            "PutItem",
            Request + """,  "ReturnValuesOnConditionCheckFailure":"ALL_OLD"}""",
            "ConditionalCheckFailedException",
            "The conditional request failed");
        Assert.Equal("""{"n":{"N":"1"},"pk":{"S":"a"}}""", shown["Item"]!.ToJsonString());
        Assert.Equal("""{"Item":{"n":{"N":"1"},"pk":{"S":"a"}}}""", await GetAsync("a"));
    }

    [Theory]
    [InlineData("Simple", """{"n":{"N":"1"}}""", "One or more parameter values were invalid: Missing the key pk in the item")]
    [InlineData("Pairs", """{"pk":{"S":"a"}}""", "One or more parameter values were invalid: Missing the key sk in the item")]
    [InlineData("Simple", """{"pk":{"N":"1"}}""", "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N")]
    [InlineData("Pairs", """{"pk":{"S":"a"},"sk":{"L":[]}}""", "One or more parameter values were invalid: Type mismatch for key sk expected: N actual: L")]
    [InlineData("Simple", """{"pk":{"S":""}}""", "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk")]
    [InlineData("Indexed", """{"pk":{"S":"a"},"sk":{"S":"a"},"gpk":{"N":"1"}}""", "One or more parameter values were invalid: Type mismatch for Index Key gpk Expected: S Actual: N IndexName: byG")]
    [InlineData("Indexed", """{"pk":{"S":"a"},"sk":{"S":"a"},"gpk":{"S":""}}""", "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: byG, IndexKey: gpk")]
    public async Task An_item_must_fit_the_keys_of_its_table_and_indexes(string table, string item, string message) =>
        await InvalidAsync("PutItem", $$"""{"TableName":"{{table}}","Item":{{item}}}""", message);

    /// <summary>Partition key 1 to 2,048 bytes, sort key 1 to 1,024. Developer Guide, Quotas.</summary>
    [Fact]
    public async Task Keys_reach_their_limits_and_not_one_byte_more()
    {
        await PutAsync(new string('k', 2048));
        await InvalidAsync(
            "PutItem",
            $$$$$"""{"TableName":"Simple","Item":{"pk":{"S":"{{{{{new string('k', 2049)}}}}}"}}}""",
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes");
        await OkAsync("PutItem", Sorted(1024));
        await InvalidAsync(
            "PutItem",
            Sorted(1025),
            "One or more parameter values were invalid: "
            + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");

        static string Sorted(int length) =>
            $$$$$"""{"TableName":"Indexed","Item":{"pk":{"S":"a"},"sk":{"S":"{{{{{new string('k', length)}}}}}"}}}""";
    }

    /// <summary>"The maximum item size in DynamoDB is 400 KB." Developer Guide, Quotas.</summary>
    [Fact]
    public async Task An_item_of_400_KB_is_stored_and_one_byte_more_is_refused()
    {
        const int Others = 2 + 1 + 1; // pk, a, and the value of pk
        await PutAsync("a", $$$$$""","a":{"S":"{{{{{new string('x', 409_600 - Others)}}}}}"}""");
        await InvalidAsync(
            "PutItem",
            $$$$$"""{"TableName":"Simple","Item":{"pk":{"S":"a"},"a":{"S":"{{{{{new string('x', 409_601 - Others)}}}}}"}}}""",
            "Item size has exceeded the maximum allowed size");
    }

    [Fact]
    public async Task Item_collection_metrics_come_only_for_tables_with_a_local_index()
    {
        Assert.Equal(
            """{"ItemCollectionMetrics":{"ItemCollectionKey":{"pk":{"S":"a"}},"SizeEstimateRangeGB":[0.0,1.0]}}""",
            await OkAsync(
                "PutItem",
                """{"TableName":"Indexed","Item":{"pk":{"S":"a"},"sk":{"S":"b"}},"ReturnItemCollectionMetrics":"SIZE"}"""));
        Assert.Equal("{}", await OkAsync(
            "PutItem", """{"TableName":"Simple","Item":{"pk":{"S":"a"}},"ReturnItemCollectionMetrics":"SIZE"}"""));
    }
}
