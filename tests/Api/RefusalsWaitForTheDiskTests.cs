using System.Buffers;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Tests.Durability;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>A refusal is an answer: what it shows of items and tables would survive power loss.</summary>
public sealed class RefusalsWaitForTheDiskTests : IAsyncLifetime
{
    private readonly PowerLossFiles files = new();
    private Engine.Store store = null!;

    public async Task InitializeAsync()
    {
        store = await Engine.Store.OpenAsync(new StoreOptions { Files = files, Seed = 1, InitialPartitions = 1 });
        await store.CreateTableAsync(DefinitionOf("Kept"));
        await store.CreateTableAsync(DefinitionOf("Dropped"));
    }

    public async Task DisposeAsync()
    {
        files.OpenGate();
        await store.DisposeAsync();
    }

    [Fact]
    public async Task What_rests_on_an_unsynced_change_waits_for_its_sync()
    {
        files.CloseGate();
        var drop = store.DeleteTableAsync("Dropped").AsTask();
        while (store.Database.Catalog.Find("Dropped") is not null)
        {
            await Task.Yield();
        }

        const string Put = """{"TableName":"Kept","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(pk)"}""";
        var write = SendAsync("PutItem", Put);
        Task<int>[] refusals =
        [
            SendAsync("GetItem", """{"TableName":"Dropped","Key":{"pk":{"S":"a"}}}"""),
            SendAsync("PutItem", Put),
            SendAsync("TransactWriteItems", $$$$$"""{"TransactItems":[{"Put":{{{{{Put}}}}}}]}"""),
            SendAsync("TransactGetItems", """{"TransactItems":[{"Get":{"TableName":"Kept","Key":{"no":{"S":"a"}}}}]}"""),
        ];
        await Task.WhenAny([drop, write, .. refusals, Task.Delay(TimeSpan.FromMilliseconds(50))]);
        Assert.False(drop.IsCompleted || write.IsCompleted);
        Assert.All(refusals, refusal => Assert.False(refusal.IsCompleted));

        files.OpenGate();
        await drop;
        Assert.Equal(200, await write);
        Assert.All(await Task.WhenAll(refusals), status => Assert.Equal(400, status));
    }

    private static TableDefinition DefinitionOf(string name) =>
        new() { Name = name, Key = new KeySchema(new KeyAttribute("pk", AttributeType.S)) };

    private Task<int> SendAsync(string operation, string request) => store.Api.HandleAsync(
        "DynamoDB_20120810." + operation,
        new ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(request)),
        new ArrayBufferWriter<byte>(),
        default).AsTask();
}
