using System.Text.Json;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>UpdateTable. Texts: observed answers of DynamoDB.</summary>
public sealed class UpdateTableTests : IAsyncLifetime
{
    private const string AddIndex =
        "'AttributeDefinitions':[{'AttributeName':'g','AttributeType':'N'}],"
        + "'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'ByG','Projection':{'ProjectionType':'ALL'},"
        + "'KeySchema':[{'AttributeName':'g','KeyType':'HASH'}]}}]";

    private JsonStore store = null!;

    public async Task InitializeAsync()
    {
        store = await JsonStore.OpenAsync();
        await store.AskAsync("CreateTable", """
            {'TableName':'Tab','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[{'AttributeName':'p','AttributeType':'S'}],
             'KeySchema':[{'AttributeName':'p','KeyType':'HASH'}]}
            """);
    }

    public async Task DisposeAsync() => await store.DisposeAsync();

    /// <summary>"Add/remove GSI with backfill"; items whose index key has a wrong type are skipped.</summary>
    [Fact]
    public async Task An_added_index_is_filled_with_the_items_there_are_and_can_be_removed_again()
    {
        for (var i = 0; i < 50; i++)
        {
            await store.PutAsync("Tab", $"{{'p':{{'S':'{i}'}},'g':{{'N':'{i % 2}'}}}}");
        }

        await store.PutAsync("Tab", "{'p':{'S':'wrong'},'g':{'S':'0'}}");
        await store.PutAsync("Tab", "{'p':{'S':'none'}}");
        var updated = (await UpdateAsync(AddIndex)).GetProperty("TableDescription");
        Assert.Equal("UPDATING", updated.GetProperty("TableStatus").GetString());

        await store.Store.Database.WaitForBackfillsAsync(store.Store.Database.Catalog.Find("Tab")!, CancellationToken.None);
        var table = await DescribeAsync();
        Assert.Equal("ACTIVE", table.GetProperty("TableStatus").GetString());
        var index = Assert.Single(table.GetProperty("GlobalSecondaryIndexes").EnumerateArray());
        Assert.Equal("ACTIVE", index.GetProperty("IndexStatus").GetString());
        Assert.Equal(50, index.GetProperty("ItemCount").GetInt64());
        Assert.Equal(2, table.GetProperty("AttributeDefinitions").GetArrayLength());

        await UpdateAsync("'GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'ByG'}}]");
        table = await DescribeAsync();
        Assert.False(table.TryGetProperty("GlobalSecondaryIndexes", out _));
        Assert.Equal(1, table.GetProperty("AttributeDefinitions").GetArrayLength());
    }

    [Fact]
    public async Task Billing_mode_and_throughput_change()
    {
        await UpdateAsync("'BillingMode':'PROVISIONED','ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':6}");
        var table = await DescribeAsync();
        Assert.Equal(5, table.GetProperty("ProvisionedThroughput").GetProperty("ReadCapacityUnits").GetInt64());
        Assert.Equal("PROVISIONED", table.GetProperty("BillingModeSummary").GetProperty("BillingMode").GetString());
        Assert.Equal(
            "The provisioned throughput for the table will not change. The requested value equals the current value. "
            + "Current ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5. "
            + "Current WriteCapacityUnits provisioned for the table: 6. Requested WriteCapacityUnits: 6. "
            + "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
            await InvalidAsync("'ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':6}"));

        await UpdateAsync("'ProvisionedThroughput':{'ReadCapacityUnits':7,'WriteCapacityUnits':6}");
        await UpdateAsync("'BillingMode':'PAY_PER_REQUEST'");
        table = await DescribeAsync();
        Assert.Equal(0, table.GetProperty("ProvisionedThroughput").GetProperty("ReadCapacityUnits").GetInt64());
    }

    /// <summary>
    /// "You receive a ValidationException if you try to enable a stream on a table that already has a stream, or if you
    /// try to disable a stream on a table that doesn't have a stream." API Reference, UpdateTable.
    /// </summary>
    [Fact]
    public async Task A_stream_is_switched_on_and_off()
    {
        await InvalidAsync("'StreamSpecification':{'StreamEnabled':false}");
        await UpdateAsync("'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'KEYS_ONLY'}");
        Assert.True((await DescribeAsync()).TryGetProperty("LatestStreamArn", out _));
        Assert.Equal(
            "Table already has an enabled stream: TableName: Tab",
            await InvalidAsync("'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_IMAGE'}"));
        await UpdateAsync("'StreamSpecification':{'StreamEnabled':false}");
        var table = await DescribeAsync();
        Assert.False(table.TryGetProperty("StreamSpecification", out _));
        Assert.True(table.TryGetProperty("LatestStreamArn", out _));
    }

    [Fact]
    public async Task A_protected_table_is_deleted_only_once_unprotected()
    {
        await UpdateAsync("'DeletionProtectionEnabled':true");
        await store.InvalidAsync("DeleteTable", "{'TableName':'Tab'}");
        await UpdateAsync("'DeletionProtectionEnabled':false");
        await store.AskAsync("DeleteTable", "{'TableName':'Tab'}");
    }

    [Theory]
    [InlineData("'AttributeDefinitions':[]", "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required")]
    [InlineData("'BillingMode':'PROVISIONED'", "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")]
    [InlineData("'ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':6}", "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")]
    [InlineData("'GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'abc'}},{'Update':{'IndexName':'abc','ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':6}}}]", "One or more parameter values were invalid: Only one global secondary index update per index is allowed simultaneously. Index: abc")]
    [InlineData("'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'ByH','Projection':{'ProjectionType':'ALL'},'KeySchema':[{'AttributeName':'h','KeyType':'HASH'}]}}]", "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [h], AttributeDefinitions: [p]")]
    [InlineData("'ReplicaUpdates':[{'Create':{'RegionName':'eu-west-1'}}]", "The parameter ReplicaUpdates is not supported yet; send the request without it")]
    public async Task What_cannot_be_changed_is_refused(string members, string text) =>
        Assert.Equal(text, await InvalidAsync(members));

    [Fact]
    public async Task Two_indexes_at_once_exceed_the_limit()
    {
        var refusal = await store.RefusedAsync(
            "UpdateTable", "{'TableName':'Tab','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'abc'}},{'Delete':{'IndexName':'abd'}}]}");
        Assert.Equal(
            ("LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"),
            refusal);
    }

    [Fact]
    public async Task A_missing_table_or_index_is_not_found()
    {
        var table = await store.RefusedAsync("UpdateTable", "{'TableName':'None','DeletionProtectionEnabled':true}");
        Assert.Equal(("ResourceNotFoundException", "Requested resource not found: Table: None not found"), table);
        var index = await store.RefusedAsync("UpdateTable", "{'TableName':'Tab','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'abc'}}]}");
        Assert.Equal("ResourceNotFoundException", index.Type);
    }

    private Task<JsonElement> UpdateAsync(string members) => store.AskAsync("UpdateTable", $"{{'TableName':'Tab',{members}}}");

    private Task<string> InvalidAsync(string members) => store.InvalidAsync("UpdateTable", $"{{'TableName':'Tab',{members}}}");

    private async Task<JsonElement> DescribeAsync() =>
        (await store.AskAsync("DescribeTable", "{'TableName':'Tab'}")).GetProperty("Table");
}
