using Storage.Engine;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Tables;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>Tables that come, change and go while others use them.</summary>
public sealed class TableLifeTests : IAsyncLifetime
{
    private OpenedStore opened = null!;

    private Engine.Store Store => opened.Store;

    public async Task InitializeAsync()
    {
        opened = OpenedStore.Empty();
        await Store.CreateTableAsync(OpenedStore.Definition("TableT"));
    }

    public async Task DisposeAsync() => await opened.DisposeAsync();

    [Fact]
    public async Task A_write_that_found_the_table_before_it_was_made_anew_is_refused()
    {
        using var write = WriteOf(opened.Table("TableT"), "p", "s");
        await Store.DeleteTableAsync("TableT");
        await Store.CreateTableAsync(OpenedStore.Definition("TableT"));

        var error = await Assert.ThrowsAsync<DynamoDbException>(() => opened.Database.WriteAsync(write, default).AsTask());

        Assert.Equal("ResourceNotFoundException", error.ErrorType);
        Assert.Null(await Store.GetAsync("TableT", OpenedStore.Key("p", "s")));
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
    }

    [Fact]
    public async Task A_transaction_over_a_table_deleted_meanwhile_writes_nothing()
    {
        await Store.CreateTableAsync(OpenedStore.Definition("TableU"));
        using var gone = WriteOf(opened.Table("TableT"), "p", "s");
        using var there = WriteOf(opened.Table("TableU"), "p", "s");
        await Store.DeleteTableAsync("TableT");

        var result = await opened.Database.TransactWriteAsync([gone, there], null, default);

        Assert.Equal(TransactionResult.Cancelled, result);
        Assert.Equal("ResourceNotFoundException", gone.Fault!.ErrorType);
        Assert.Null(await Store.GetAsync("TableU", OpenedStore.Key("p", "s")));
    }

    /// <summary>A table deleted before the other was written cannot have been seen with that write.</summary>
    [Fact]
    public async Task A_transactional_read_of_a_table_deleted_meanwhile_finds_no_table()
    {
        await Store.CreateTableAsync(OpenedStore.Definition("TableU"));
        await Store.PutAsync("TableT", OpenedStore.Key("p", "s"));
        using var gone = ReadOf(opened.Table("TableT"), "p", "s");
        using var there = ReadOf(opened.Table("TableU"), "p", "s");
        await Store.DeleteTableAsync("TableT");
        await Store.PutAsync("TableU", OpenedStore.Key("p", "s"));

        var error = await Assert.ThrowsAsync<DynamoDbException>(
            () => opened.Database.TransactReadAsync([gone, there], default).AsTask());

        Assert.Equal("ResourceNotFoundException", error.ErrorType);
    }

    [Fact]
    public async Task A_scan_does_not_go_on_in_a_table_that_was_deleted()
    {
        await PutTwoPagesAsync();
        await using var items = Store.ScanAsync("TableT").GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        await Store.DeleteTableAsync("TableT");

        var error = await Assert.ThrowsAsync<DynamoDbException>(() => ReadToEndAsync(items));

        Assert.Equal("ResourceNotFoundException", error.ErrorType);
    }

    [Fact]
    public async Task A_query_does_not_go_on_in_an_index_that_was_removed()
    {
        await PutTwoPagesAsync();
        var table = await opened.Database.UpdateTableAsync(
            "TableT", new TableChange { AddIndex = OpenedStore.Index("ByG", "G") }, default);
        await opened.Database.WaitForBackfillsAsync(table, default);
        var options = new QueryOptions { Index = "ByG", KeyCondition = "G = :g", Values = Item.Of((":g", "g")) };
        await using var items = Store.QueryAsync("TableT", options).GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        await opened.Database.UpdateTableAsync("TableT", new TableChange { RemoveIndex = "ByG" }, default);

        var error = await Assert.ThrowsAsync<DynamoDbException>(() => ReadToEndAsync(items));

        Assert.Equal("The table does not have the specified index: ByG", error.Message);
    }

    [Fact]
    public async Task A_table_made_anew_under_the_same_name_is_empty_and_has_new_ids()
    {
        await Store.PutAsync("TableT", OpenedStore.Key("p", "s"));
        var before = opened.Table("TableT").Stored;
        await Store.DeleteTableAsync("TableT");
        await Store.CreateTableAsync(OpenedStore.Definition("TableT"));

        Assert.Null(await Store.GetAsync("TableT", OpenedStore.Key("p", "s")));
        Assert.NotEqual(before.Id, opened.Table("TableT").Stored.Id);
        Assert.NotEqual(before.TableId, opened.Table("TableT").Stored.TableId);
        Assert.Equal(0, opened.Table("TableT").ItemCount);
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
    }

    [Fact]
    public async Task A_call_cancelled_before_it_began_writes_nothing()
    {
        var cancelled = new CancellationToken(true);
        var put = TransactAction.Put("TableT", OpenedStore.Key("p", "s"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Store.PutAsync("TableT", OpenedStore.Key("p", "s"), null, cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.BatchWriteAsync([put], cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.TransactWriteAsync([put], null, cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Store.CreateTableAsync(OpenedStore.Definition("New"), cancelled).AsTask());

        Assert.Null(await Store.GetAsync("TableT", OpenedStore.Key("p", "s")));
        Assert.Null(await Store.FindTableAsync("New"));
    }

    /// <summary>"The aggregate size of the items in the transaction cannot exceed 4 MB." API Reference, TransactWriteItems.</summary>
    [Fact]
    public async Task Updates_that_make_a_transaction_larger_than_4_MB_are_refused_and_the_store_goes_on()
    {
        var large = new WriteOptions { Values = Item.Of((":text", new string('x', 350_000))) };
        var updates = Enumerable.Range(0, 12)
            .Select(i => TransactAction.Update("TableT", OpenedStore.Key("p", $"{i}"), "SET Body = :text", large)).ToArray();

        var error = await Assert.ThrowsAsync<DynamoDbException>(() => Store.TransactWriteAsync(updates).AsTask());

        Assert.Equal("ValidationException", error.ErrorType);
        Assert.Equal(0, opened.Table("TableT").ItemCount);
        Assert.True((await Store.TransactWriteAsync(updates[..11])).Accepted);
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
    }

    private async Task PutTwoPagesAsync()
    {
        for (var i = 0; i < 12; i++)
        {
            await Store.PutAsync("TableT", Item.Of(("P", "p"), ("S", $"{i}"), ("G", "g"), ("Body", new string('x', 200_000))));
        }
    }

    private static async Task ReadToEndAsync(IAsyncEnumerator<Item> items)
    {
        while (await items.MoveNextAsync())
        {
            Assert.NotNull(items.Current);
        }
    }

    private static ItemWrite WriteOf(Table table, string partition, string sort)
    {
        var item = OpenedStore.Key(partition, sort).Encoded;
        var write = new ItemWrite { Table = table, Kind = WriteKind.Put, Item = item };
        Assert.True(table.TryBuildKey(new ValueView(item.Span), write.Key).IsNone);
        return write;
    }

    private static ItemRead ReadOf(Table table, string partition, string sort)
    {
        var read = new ItemRead { Table = table };
        Assert.True(table.TryBuildKey(new ValueView(OpenedStore.Key(partition, sort).Encoded.Span), read.Key).IsNone);
        return read;
    }
}
