using System.Text.Json.Nodes;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>UpdateTimeToLive and DescribeTimeToLive. Shapes: the service's model; texts: observed answers of DynamoDB.</summary>
public sealed class TimeToLiveTests : ApiTest
{
    private const string On = """{"TableName":"Simple","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"ttl"}}""";
    private const string Off = """{"TableName":"Simple","TimeToLiveSpecification":{"Enabled":false,"AttributeName":"ttl"}}""";

    private const string Disabled = """{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}""";

    [Fact]
    public async Task It_is_switched_on_and_off_and_described()
    {
        Assert.Equal(Disabled, await DescribeAsync());
        Assert.Equal("""{"TimeToLiveSpecification":{"Enabled":true,"AttributeName":"ttl"}}""", await OkAsync("UpdateTimeToLive", On));
        await EnabledAsync();
        Assert.Equal("""{"TimeToLiveSpecification":{"Enabled":false,"AttributeName":"ttl"}}""", await OkAsync("UpdateTimeToLive", Off));
        Assert.Equal(Disabled, await DescribeAsync());
    }

    [Fact]
    public async Task A_table_may_be_named_by_its_ARN()
    {
        await OkAsync("UpdateTimeToLive", On.Replace("\"Simple\"", "\"arn:aws:dynamodb:us-east-1:123456789012:table/Simple\"", StringComparison.Ordinal));
        await EnabledAsync();
    }

    [Fact]
    public async Task What_is_so_already_is_refused()
    {
        await InvalidAsync("UpdateTimeToLive", Off, "TimeToLive is already disabled");
        await OkAsync("UpdateTimeToLive", On);
        await InvalidAsync("UpdateTimeToLive", On, "TimeToLive is already enabled");
        foreach (var other in (string[])[On, Off])
        {
            await InvalidAsync(
                "UpdateTimeToLive",
                other.Replace("\"ttl\"", "\"other\"", StringComparison.Ordinal),
                "TimeToLive is active on a different AttributeName: current AttributeName is ttl");
        }

        await EnabledAsync();
    }

    [Fact]
    public async Task A_table_that_is_not_there_is_refused()
    {
        const string NotFound = "Requested resource not found: Table: Nothing not found";
        await RefusedAsync("DescribeTimeToLive", """{"TableName":"Nothing"}""", "ResourceNotFoundException", NotFound);
        await RefusedAsync(
            "UpdateTimeToLive", On.Replace("Simple", "Nothing", StringComparison.Ordinal), "ResourceNotFoundException", NotFound);
    }

    [Fact]
    public async Task Members_have_their_constraints()
    {
        await InvalidAsync("DescribeTimeToLive", "{}", "The parameter 'TableName' is required but was not present in the request");
        await InvalidAsync(
            "UpdateTimeToLive", """{"TimeToLiveSpecification":{"Enabled":true,"AttributeName":"a"}}""",
            "The parameter 'TableName' is required but was not present in the request");
        await InvalidAsync(
            "UpdateTimeToLive", """{"TableName":"Simple"}""",
            "The parameter 'TimeToLiveSpecification' is required but was not present in the request");
        await InvalidAsync(
            "UpdateTimeToLive", """{"TableName":"Simple","TimeToLiveSpecification":{}}""",
            "2 validation errors detected: Value null at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: "
            + "Member must not be null; Value null at 'timeToLiveSpecification.enabled' failed to satisfy constraint: Member must not be null");
        await InvalidAsync(
            "UpdateTimeToLive", """{"TableName":"Simple","TimeToLiveSpecification":{"Enabled":true,"AttributeName":""}}""",
            "1 validation error detected: Value at 'TimeToLiveSpecification.AttributeName' failed to satisfy constraint: "
            + "Member must have length greater than or equal to 1");
        await InvalidAsync(
            "UpdateTimeToLive",
            $$$"""{"TableName":"Simple","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"{{{new string('x', 256)}}}"}}""",
            "1 validation error detected: Value at 'TimeToLiveSpecification.AttributeName' failed to satisfy constraint: "
            + "Member must have length less than or equal to 255");
        Assert.Equal(Disabled, await DescribeAsync());
    }

    /// <summary>The index of expiry times is nobody's business but the sweeper's.</summary>
    [Fact]
    public async Task Nothing_else_shows_it()
    {
        const string Put = """
            {"TableName":"Simple","ReturnConsumedCapacity":"INDEXES","ReturnItemCollectionMetrics":"SIZE",
             "Item":{"pk":{"S":"a"},"ttl":{"N":"4000000000"}}}
            """;
        const string Delete = """{"TableName":"Simple","ReturnConsumedCapacity":"INDEXES","Key":{"pk":{"S":"a"}}}""";
        var description = await OkAsync("DescribeTable", """{"TableName":"Simple"}""");
        var put = await OkAsync("PutItem", Put);
        var deleted = await OkAsync("DeleteItem", Delete);
        await OkAsync("UpdateTimeToLive", On);
        await EnabledAsync();

        Assert.Equal(description, await OkAsync("DescribeTable", """{"TableName":"Simple"}"""));
        Assert.Equal(put, await OkAsync("PutItem", Put));
        Assert.Equal(deleted, await OkAsync("DeleteItem", Delete));
        await PutAsync("b", ""","ttl":{"N":"4000000000"}""");
        await InvalidAsync(
            "Query",
            """{"TableName":"Simple","IndexName":"ttl","KeyConditionExpression":"pk = :t","ExpressionAttributeValues":{":t":{"S":"1"}}}""",
            "The table does not have the specified index: ttl");
    }

    [Fact]
    public async Task An_expired_item_is_removed()
    {
        await OkAsync("UpdateTimeToLive", On);
        await EnabledAsync();
        var expiry = Time.GetUtcNow().ToUnixTimeSeconds() + 60;
        await PutAsync("a", $$$""","ttl":{"N":"{{{expiry}}}"}""");
        Assert.NotEqual("{}", await GetAsync("a"));
        Time.Advance(TimeSpan.FromSeconds(60));
        await UntilAsync(async () => await GetAsync("a") == "{}");
    }

    private Task<string> DescribeAsync() => OkAsync("DescribeTimeToLive", """{"TableName":"Simple"}""");

    /// <summary>The items there are have been found; until then it says ENABLING.</summary>
    private Task EnabledAsync() => UntilAsync(async () =>
    {
        var description = JsonNode.Parse(await DescribeAsync())!["TimeToLiveDescription"]!;
        Assert.Equal("ttl", (string?)description["AttributeName"]);
        Assert.Contains((string?)description["TimeToLiveStatus"], (string[])["ENABLING", "ENABLED"]);
        return (string?)description["TimeToLiveStatus"] == "ENABLED";
    });

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await holds())
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
