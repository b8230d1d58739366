using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Streams;
using Storage.Engine.Tables;
using Storage.Tests.Files;
using Storage.Tests.Recovery;
using Xunit;

namespace Storage.Tests.Streams;

/// <summary>
/// "DynamoDB Streams writes stream records in near-real time"; "each stream record appears exactly once in the stream"; "for
/// each item that is modified, the stream records appear in the same sequence as the modifications". Developer Guide.
/// </summary>
public sealed class ChangeFeedTests
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_change_has_its_images_and_a_write_that_changes_nothing_has_none(bool onDisk)
    {
        await using var store = await OpenAsync(onDisk);
        await store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        await store.CreateTableAsync(FileStore.Definition("Plain"));
        var (first, second) = (FileStore.ItemOf(1, "first"), FileStore.ItemOf(1, "second"));
        await store.PutAsync("Streamed", first);
        await store.PutAsync("Plain", first);
        await store.PutAsync("Streamed", first);
        await store.UpdateAsync("Streamed", FileStore.KeyOf(1), "SET Txt = :t", new WriteOptions { Values = Item.Of((":t", "x")), Condition = "attribute_not_exists(P)" });
        await store.PutAsync("Streamed", second);
        await store.DeleteAsync("Streamed", FileStore.KeyOf(2));
        await store.DeleteAsync("Streamed", FileStore.KeyOf(1));

        Assert.Equal(
            [
                FeedReader.Text("INSERT", null, first),
                FeedReader.Text("MODIFY", first, second),
                FeedReader.Text("REMOVE", second, null),
            ],
            await FeedReader.AllAsync(store, "Streamed"));
        Assert.Empty(await FeedReader.AllAsync(store, "Plain"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_transactions_changes_have_one_LSN_and_ascending_places(bool onDisk)
    {
        await using var store = await OpenAsync(onDisk);
        await store.CreateTableAsync(FileStore.Definition("One", stream: true));
        await store.CreateTableAsync(FileStore.Definition("Two", stream: true));
        await store.TransactWriteAsync(
            [.. Enumerable.Range(0, 10).Select(n => TransactAction.Put(n % 3 == 0 ? "Two" : "One", FileStore.ItemOf(n)))]);

        var one = FeedReader.Of(store, "One", changesMax: 2);
        var two = FeedReader.Of(store, "Two", changesMax: 2);
        await one.ToEndAsync(store.Changes);
        await two.ToEndAsync(store.Changes);

        var all = one.Changes.Concat(two.Changes).Select(change => change.Position).Order().ToArray();
        Assert.Equal(Enumerable.Range(0, 10).Select(ordinal => new ChangePosition(all[0].Lsn, ordinal)), all);
        Assert.Equal(6, one.Changes.Count);
        Assert.Equal(one.Changes.Select(change => change.Position).Order(), one.Changes.Select(change => change.Position));
    }

    [Fact]
    public async Task Filling_an_index_is_no_change_of_an_item()
    {
        await using var store = await FileStore.OpenAsync(new MemoryFiles(), time: time);
        await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true) with { Indexes = [] });
        await store.PutAsync("Streamed", 0, 20);
        var before = await FeedReader.AllAsync(store.Store, "Streamed");
        var table = await store.Store.Database.UpdateTableAsync(
            "Streamed", new TableChange { AddIndex = FileStore.Definition("Streamed").Indexes[0] }, default);
        await store.Store.Database.WaitForBackfillsAsync(table, default);
        Assert.Equal(20, store.Store.Database.Catalog.Find("Streamed")!.Indexes[0].ItemCount);

        Assert.Equal(before, await FeedReader.AllAsync(store.Store, "Streamed"));
        await store.Checkpointer.CheckpointAsync(default);
        Assert.Equal(before, await FeedReader.AllAsync(store.Store, "Streamed"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_shard_is_one_partition_and_all_shards_are_the_table(bool onDisk)
    {
        await using var store = await OpenAsync(onDisk);
        await store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        for (var n = 0; n < 50; n++)
        {
            await store.PutAsync("Streamed", FileStore.ItemOf(n));
        }

        var stored = store.Database.Catalog.Find("Streamed")!.Stored;
        Assert.Equal(2, stored.PartitionCount);
        var found = new List<StreamChange>();
        for (uint i = 0; i < stored.PartitionCount; i++)
        {
            var reader = new FeedReader(stored.Id, default, stored.FirstPartitionId + i, changesMax: 7);
            await reader.ToEndAsync(store.Changes);
            Assert.All(reader.Changes, change => Assert.Equal(stored.FirstPartitionId + i, change.PartitionId));
            Assert.NotEmpty(reader.Changes);
            found.AddRange(reader.Changes);
        }

        Assert.Equal(await FeedReader.AllAsync(store, "Streamed"), found.OrderBy(change => change.Position).Select(FeedReader.Text));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_waits_is_woken_by_the_next_change_of_the_table_and_by_no_other(bool onDisk)
    {
        await using var store = await OpenAsync(onDisk);
        await store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        await store.CreateTableAsync(FileStore.Definition("Other", stream: true));
        var feed = store.Changes;
        var id = FeedReader.IdOf(store, "Streamed");
        var end = feed.End;
        var waiting = feed.WaitAsync(id, end, default).AsTask();
        using var leaving = new CancellationTokenSource();
        var left = feed.WaitAsync(id, end, leaving.Token).AsTask();
        await store.PutAsync("Other", FileStore.ItemOf(1));
        Assert.False(waiting.IsCompleted);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);

        await store.PutAsync("Streamed", FileStore.ItemOf(1));
        await waiting.WaitAsync(Hang);
        Assert.True(feed.WaitAsync(id, end, default).AsTask().IsCompletedSuccessfully);
        var page = await feed.ReadAsync(id, null, end, 10, 1000, default);
        Assert.Single(page.Changes);
        Assert.True(page.IsAtEnd);
        Assert.False(feed.WaitAsync(id, page.Changes[0].Position, default).AsTask().IsCompleted);
        Assert.False(feed.WaitAsync(id, page.Next, default).AsTask().IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Closing_the_store_ends_waits_and_reads(bool onDisk)
    {
        var store = await OpenAsync(onDisk);
        await store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        var id = FeedReader.IdOf(store, "Streamed");
        var waiting = store.Changes.WaitAsync(id, store.Changes.End, default).AsTask();
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.WaitAsync(Hang));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.Changes.ReadAsync(id, null, default, 1, 1, default));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.Changes.WaitAsync(id, default, default).AsTask());
        Assert.Throws<ObjectDisposedException>(() => store.Changes.TrimHorizon(id));
    }

    [Fact]
    public async Task A_change_is_shown_once_it_is_durable_and_not_before()
    {
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files, time: time);
        await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        var id = FeedReader.IdOf(store.Store, "Streamed");
        var reader = FeedReader.Of(store.Store, "Streamed");
        await reader.ToEndAsync(store.Store.Changes);
        var waiting = store.Store.Changes.WaitAsync(id, store.Store.Changes.End, default).AsTask();
        using var syncs = new ManualResetEventSlim();
        files.Before = (operation, _) =>
        {
            if (operation == FileOperation.Sync)
            {
                syncs.Wait();
            }
        };
        var writing = store.Store.PutAsync("Streamed", FileStore.ItemOf(1)).AsTask();
        Assert.True(SpinWait.SpinUntil(() => store.Store.Changes.MemoryBytes > 0, Hang));

        await reader.ToEndAsync(store.Store.Changes);
        Assert.Empty(reader.Changes);
        Assert.False(waiting.IsCompleted);
        syncs.Set();
        await writing.WaitAsync(Hang);
        await waiting.WaitAsync(Hang);
        await reader.ToEndAsync(store.Store.Changes);
        Assert.Single(reader.Changes);
    }

    [Fact]
    public async Task What_a_failed_log_has_lost_is_never_shown()
    {
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files, time: time);
        await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        await store.PutAsync("Streamed", 0, 3);
        var before = await FeedReader.AllAsync(store.Store, "Streamed");
        files.Before = (operation, name) =>
        {
            if (operation == FileOperation.Sync)
            {
                throw new IOException($"No sync of {name}.");
            }
        };
        await Assert.ThrowsAsync<LogPoisonedException>(async () => await store.Store.PutAsync("Streamed", FileStore.ItemOf(9)));
        files.Before = null;

        Assert.Equal(before, await FeedReader.AllAsync(store.Store, "Streamed"));
    }

    [Fact]
    public async Task A_reader_at_the_end_reads_nothing_from_disk()
    {
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files, time: time);
        await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        await store.PutAsync("Streamed", 0, 10);
        var reads = files.Count(FileOperation.Read);
        var readers = Enumerable.Range(0, 20).Select(_ => FeedReader.Of(store.Store, "Streamed")).ToArray();
        for (var round = 1; round < 10; round++)
        {
            await store.PutAsync("Streamed", round * 10, 10);
            foreach (var reader in readers)
            {
                await reader.ToEndAsync(store.Store.Changes);
            }
        }

        Assert.All(readers, reader => Assert.Equal(100, reader.Changes.Count));
        Assert.All(readers, reader => Assert.Equal(readers[0].Changes[42].NewImage, reader.Changes[42].NewImage)); // the same memory
        Assert.Equal(reads, files.Count(FileOperation.Read));
        Assert.Equal(0, store.Store.Changes.FilesRead);

        // A checkpoint in between makes no difference to who is at the end.
        await store.Checkpointer.CheckpointAsync(default);
        await store.PutAsync("Streamed", 100, 1);
        await readers[0].ToEndAsync(store.Store.Changes);
        Assert.Equal(101, readers[0].Changes.Count);
        Assert.Equal(0, store.Store.Changes.FilesRead);
    }

    private ValueTask<Engine.Store> OpenAsync(bool onDisk) => Engine.Store.OpenAsync(new StoreOptions
    {
        Files = onDisk ? new MemoryFiles() : null,
        Seed = 3,
        InitialPartitions = 2,
        Time = time,
        Log = new LogOptions { PageSizeBits = 12, SegmentSizeBits = 14, UndurableBytesMax = 8 * 1024 },
        Checkpoints = FileStore.Small,
    });
}
