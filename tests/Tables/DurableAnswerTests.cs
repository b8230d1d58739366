using Storage.Engine;
using Storage.Engine.Model;
using Storage.Engine.Tables;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>An answer, a refusal or an absence too, comes when what it rests on would survive power loss.</summary>
public sealed class DurableAnswerTests : IAsyncLifetime
{
    private OpenedStore opened = null!;

    private Engine.Store Store => opened.Store;

    public async Task InitializeAsync()
    {
        opened = OpenedStore.Empty();
        await Store.CreateTableAsync(OpenedStore.Definition("TableT"));
        await Store.PutAsync("TableT", OpenedStore.Key("p", "there"));
    }

    public async Task DisposeAsync() => await opened.DisposeAsync();

    [Fact]
    public async Task That_a_table_exists_already_waits_for_the_table() => await WaitsAsync(
        () => Store.CreateTableAsync(OpenedStore.Definition("TableU")).AsTask(),
        () => Assert.ThrowsAsync<DynamoDbException>(() => Store.CreateTableAsync(OpenedStore.Definition("TableU")).AsTask()));

    [Fact]
    public async Task That_a_table_is_gone_waits_for_its_deletion() => await WaitsAsync(
        () => Store.DeleteTableAsync("TableT").AsTask(),
        () => Assert.ThrowsAsync<DynamoDbException>(() => Store.GetAsync("TableT", OpenedStore.Key("p", "s")).AsTask()),
        () => Assert.ThrowsAsync<DynamoDbException>(() => Store.PutAsync("TableT", OpenedStore.Key("p", "s")).AsTask()),
        () => Assert.ThrowsAsync<DynamoDbException>(() => Store.DeleteTableAsync("TableT").AsTask()),
        async () => Assert.Null(await Store.FindTableAsync("TableT")),
        async () => Assert.Empty(await Store.ListTablesAsync()));

    [Fact]
    public async Task That_a_table_is_protected_waits_for_the_protection() => await WaitsAsync(
        () => opened.Database.UpdateTableAsync("TableT", new TableChange { DeletionProtection = true }, default).AsTask(),
        () => Assert.ThrowsAsync<DynamoDbException>(() => Store.DeleteTableAsync("TableT").AsTask()));

    [Fact]
    public async Task That_a_key_does_not_fit_waits_for_the_table_it_does_not_fit() => await WaitsAsync(
        () => Store.CreateTableAsync(OpenedStore.Definition("TableU")).AsTask(),
        () => Assert.ThrowsAsync<DynamoDbException>(() => Store.GetAsync("TableU", Item.Of(("Q", "q"))).AsTask()),
        () => Assert.ThrowsAsync<DynamoDbException>(() => Store.PutAsync("TableU", Item.Of(("Q", "q"))).AsTask()));

    [Fact]
    public async Task That_an_item_is_absent_waits_for_its_removal() => await WaitsAsync(
        () => Store.DeleteAsync("TableT", OpenedStore.Key("p", "there")).AsTask(),
        async () => Assert.Null(await Store.GetAsync("TableT", OpenedStore.Key("p", "there"))),
        async () => Assert.Equal([null], await Store.TransactGetAsync([("TableT", OpenedStore.Key("p", "there"))])),
        async () => Assert.Equal([null], await Store.BatchGetAsync([("TableT", OpenedStore.Key("p", "there"))])),
        async () => Assert.Empty(await AllAsync(Store.ScanAsync("TableT"))),
        async () => Assert.False((await Store.DeleteAsync(
            "TableT", OpenedStore.Key("p", "there"), new WriteOptions { Condition = "attribute_exists(P)" })).Accepted));

    [Fact]
    public async Task A_write_that_changes_nothing_waits_for_what_it_found() => await WaitsAsync(
        () => Store.PutAsync("TableT", OpenedStore.Key("p", "new")).AsTask(),
        () => Store.PutAsync("TableT", OpenedStore.Key("p", "new")).AsTask(),
        () => Store.TransactWriteAsync([TransactAction.Put("TableT", OpenedStore.Key("p", "new"))]).AsTask());

    [Fact]
    public async Task An_update_that_does_not_fit_waits_for_the_item_that_it_does_not_fit()
    {
        var write = new WriteOptions { Values = Item.Of((":one", 1)) };
        await WaitsAsync(
            () => Store.PutAsync("TableT", Item.Of(("P", "p"), ("S", "s"), ("N", "text"))).AsTask(),
            () => Assert.ThrowsAsync<DynamoDbException>(
                () => Store.UpdateAsync("TableT", OpenedStore.Key("p", "s"), "ADD N :one", write).AsTask()),
            async () => Assert.False((await Store.TransactWriteAsync(
                [TransactAction.Update("TableT", OpenedStore.Key("p", "s"), "ADD N :one", write)])).Accepted));
    }

    /// <summary>Answers that rest on what the first one changed come neither before it is durable nor never.</summary>
    private async Task WaitsAsync(Func<Task> change, params Func<Task>[] answers)
    {
        opened.Log.Hold();
        var changed = change();
        var waiting = Array.ConvertAll(answers, answer => answer());
        Assert.False(changed.IsCompleted);
        Assert.DoesNotContain(waiting, answer => answer.IsCompleted);
        opened.Log.Release();
        await changed;
        await Task.WhenAll(waiting);
    }

    private static async Task<List<Item>> AllAsync(IAsyncEnumerable<Item> items)
    {
        var all = new List<Item>();
        await foreach (var item in items)
        {
            all.Add(item);
        }

        return all;
    }
}
