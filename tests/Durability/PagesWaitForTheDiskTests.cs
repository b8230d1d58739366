using System.Buffers;
using Storage.Engine;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Durability;

/// <summary>"Nothing is answered before it is durable, reads included": pages, counts and lists of the JSON API.</summary>
public sealed class PagesWaitForTheDiskTests : IAsyncLifetime
{
    private readonly PowerLossFiles files = new();
    private Engine.Store store = null!;

    public async Task InitializeAsync()
    {
        store = await Engine.Store.OpenAsync(new StoreOptions { Files = files, Seed = 1, InitialPartitions = 2 });
        await store.CreateTableAsync(new TableDefinition
        {
            Name = "Tab",
            Key = new KeySchema(new KeyAttribute("p", AttributeType.S)),
            Indexes = [new IndexDefinition { Name = "ByG", Key = new KeySchema(new KeyAttribute("g", AttributeType.S)) }],
        });
        await store.CreateTableAsync(
            new TableDefinition { Name = "Other", Key = new KeySchema(new KeyAttribute("p", AttributeType.S)) });
        await store.PutAsync("Tab", Item.Of(("p", "a"), ("g", "old")));
    }

    public async Task DisposeAsync()
    {
        files.OpenGate();
        await store.DisposeAsync();
    }

    [Theory]
    [InlineData("Query", "{'TableName':'Tab','KeyConditionExpression':'p = :p','ExpressionAttributeValues':{':p':{'S':'a'}}}")]
    [InlineData("Query", "{'TableName':'Tab','IndexName':'ByG','KeyConditionExpression':'g = :g','ExpressionAttributeValues':{':g':{'S':'new'}}}")]
    [InlineData("Query", "{'TableName':'Tab','IndexName':'ByG','KeyConditionExpression':'g = :g','ExpressionAttributeValues':{':g':{'S':'old'}}}")]
    [InlineData("Scan", "{'TableName':'Tab'}")]
    [InlineData("Scan", "{'TableName':'Tab','Select':'COUNT'}")]
    [InlineData("Scan", "{'TableName':'Tab','IndexName':'ByG'}")]
    [InlineData("DescribeTable", "{'TableName':'Tab'}")]
    public async Task A_page_that_shows_an_unsynced_change_waits_for_its_sync(string operation, string request)
    {
        files.CloseGate();
        var write = store.PutAsync("Tab", Item.Of(("p", "a"), ("g", "new"))).AsTask();
        var answer = AskAsync(operation, request);

        await Task.WhenAny(answer, write, Task.Delay(TimeSpan.FromMilliseconds(50)));
        Assert.False(write.IsCompleted);
        Assert.False(answer.IsCompleted);

        files.OpenGate();
        Assert.Equal(200, await answer);
        await write;
    }

    [Theory]
    [InlineData("DescribeTable", "{'TableName':'Other'}", 400)]
    [InlineData("ListTables", "{}", 200)]
    [InlineData("Query", "{'TableName':'Other','KeyConditionExpression':'p = :p','ExpressionAttributeValues':{':p':{'S':'a'}}}", 400)]
    public async Task That_a_table_is_gone_is_said_only_once_that_is_synced(string operation, string request, int status)
    {
        files.CloseGate();
        var removal = store.DeleteTableAsync("Other").AsTask();
        while (store.Database.Catalog.Find("Other") is not null)
        {
            await Task.Yield();
        }

        var answer = AskAsync(operation, request);
        await Task.WhenAny(answer, removal, Task.Delay(TimeSpan.FromMilliseconds(50)));
        Assert.False(removal.IsCompleted);
        Assert.False(answer.IsCompleted);

        files.OpenGate();
        Assert.Equal(status, await answer);
        await removal;
    }

    private Task<int> AskAsync(string operation, string request) => store.Api.HandleAsync(
        "DynamoDB_20120810." + operation,
        new ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(request.Replace('\'', '"'))),
        new ArrayBufferWriter<byte>(),
        CancellationToken.None).AsTask();
}
