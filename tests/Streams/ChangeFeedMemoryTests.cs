using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Streams;
using Storage.Engine.Tables;
using Storage.Tests.Recovery;
using Xunit;
using OpenedStore = Storage.Engine.Recovery.OpenedStore;

namespace Storage.Tests.Streams;

/// <summary>A store in memory only keeps changes for a day, and as many bytes of them as it may.</summary>
public sealed class ChangeFeedMemoryTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Stores_without_streams_keep_nothing()
    {
        await using var store = Open();
        await store.CreateTableAsync(FileStore.Definition("Plain"));
        for (var n = 0; n < 100; n++)
        {
            await store.PutAsync("Plain", FileStore.ItemOf(n));
        }

        Assert.Equal(0, store.Changes.MemoryBytes);
    }

    [Fact]
    public async Task The_oldest_changes_make_room_and_their_readers_are_told()
    {
        await using var store = Open(bytesMax: 5000);
        await store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        await store.CreateTableAsync(FileStore.Definition("Quiet", stream: true));
        await store.PutAsync("Quiet", FileStore.ItemOf(1));
        var quiet = FeedReader.Of(store, "Quiet");
        await quiet.ToEndAsync(store.Changes);
        var slow = FeedReader.Of(store, "Streamed", changesMax: 3);
        var fast = FeedReader.Of(store, "Streamed");
        for (var n = 0; n < 100; n++)
        {
            await store.PutAsync("Streamed", FileStore.ItemOf(n));
            await fast.ToEndAsync(store.Changes);
            if (n == 4)
            {
                await slow.PageAsync(store.Changes);
            }

            Assert.InRange(store.Changes.MemoryBytes, 1, 5000);
        }

        Assert.Equal(100, fast.Changes.Count);
        Assert.False(fast.HasMissed);
        var kept = FeedReader.Of(store, "Streamed");
        await kept.ToEndAsync(store.Changes);
        Assert.False(kept.HasMissed); // it wanted what there is
        Assert.InRange(kept.Changes.Count, 5, 99);
        Assert.Equal(fast.Changes[^(kept.Changes.Count + 1)].Position, store.Changes.TrimHorizon(FeedReader.IdOf(store, "Streamed")));

        await slow.ToEndAsync(store.Changes);
        Assert.True(slow.HasMissed);
        Assert.Equal(3 + kept.Changes.Count, slow.Changes.Count);

        // What is gone of another table was seen by its reader, who has lost nothing.
        Assert.Equal(quiet.Changes[0].Position, store.Changes.TrimHorizon(FeedReader.IdOf(store, "Quiet")));
        var again = FeedReader.Of(store, "Quiet", quiet.Changes[0].Position);
        await again.ToEndAsync(store.Changes);
        Assert.False(again.HasMissed);
        Assert.Empty(again.Changes);
    }

    [Fact]
    public async Task Changes_are_kept_for_a_day()
    {
        await using var store = Open();
        await store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        for (var hour = 0; hour < 30; hour++)
        {
            await store.PutAsync("Streamed", FileStore.ItemOf(hour));
            time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(
            Enumerable.Range(6, 24).Select(n => FeedReader.Text("INSERT", null, FileStore.ItemOf(n))),
            await FeedReader.AllAsync(store, "Streamed"));
        time.Advance(TimeSpan.FromHours(25));
        var all = FeedReader.Of(store, "Streamed");
        await all.ToEndAsync(store.Changes);
        Assert.Empty(all.Changes);
        await store.PutAsync("Streamed", FileStore.ItemOf(99));
        Assert.InRange(store.Changes.MemoryBytes, 1, 1000);
        await all.ToEndAsync(store.Changes);
        Assert.Single(all.Changes);
        Assert.False(all.HasMissed);
    }

    [Fact]
    public async Task A_stream_that_ended_stays_readable_and_one_that_begins_shows_what_comes()
    {
        await using var store = Open();
        await store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        var id = FeedReader.IdOf(store, "Streamed");
        var stages = new StreamViewType?[] { StreamViewType.KeysOnly, null, StreamViewType.NewImage };
        for (var stage = 0; stage < 3; stage++)
        {
            if (stage > 0)
            {
                await store.Database.UpdateTableAsync("Streamed", new TableChange { ChangesStream = true, Stream = stages[stage] }, default);
            }

            await store.PutAsync("Streamed", FileStore.ItemOf(stage));
        }

        await store.DeleteTableAsync("Streamed");
        var reader = new FeedReader(id);
        await reader.ToEndAsync(store.Changes);
        Assert.Equal(new[] { 0, 2 }.Select(n => FeedReader.Text("INSERT", null, FileStore.ItemOf(n))), reader.Texts);
        Assert.True(store.Changes.HasEnded(id, reader.Position, out var isDropped));
        Assert.True(isDropped);
    }

    /// <summary>Streams that came and went leave nothing behind.</summary>
    [Fact]
    public async Task Tables_whose_stream_is_over_are_forgotten()
    {
        await using var store = Open();
        for (var n = 0; n < 50; n++)
        {
            await store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
            await store.PutAsync("Streamed", FileStore.ItemOf(n));
            await store.DeleteTableAsync("Streamed");
            time.Advance(TimeSpan.FromHours(25));
        }

        Assert.InRange(store.Changes.TablesInMemory, 1, 3);
    }

    private Engine.Store Open(long bytesMax = ChangeFeed.MemoryStoreBytesMax)
    {
        var log = new MemoryLog(time);
        var changes = ChangeFeed.InMemory(log, time, bytesMax);
        var database = new Database(new DatabaseState(), log, new DatabaseOptions(time, 1, 2, "us-east-1", "123456789012"));
        return new Engine.Store(new StoreOptions { Time = time }, new OpenedStore(database, changes, null), null);
    }
}
