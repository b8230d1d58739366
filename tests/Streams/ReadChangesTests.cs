using System.Collections.Concurrent;
using System.Globalization;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Engine.Tables;
using Storage.Tests.Files;
using Storage.Tests.Recovery;
using Xunit;

namespace Storage.Tests.Streams;

/// <summary>The feed as the embedding program sees it.</summary>
public sealed class ReadChangesTests
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_change_says_what_happened_to_which_item()
    {
        await using var store = await Engine.Store.OpenAsync(new StoreOptions { InitialPartitions = 1 });
        await store.CreateTableAsync(FileStore.Definition("Things", stream: true));
        var (first, second) = (FileStore.ItemOf(1, "first"), FileStore.ItemOf(1, "second"));
        var began = DateTimeOffset.UtcNow.AddSeconds(-1);
        await store.PutAsync("Things", first);
        await store.PutAsync("Things", second);
        await store.DeleteAsync("Things", FileStore.KeyOf(1));

        var changes = await TakeAsync(store.ReadChangesAsync("Things", default(ChangePosition)), 3);
        Assert.Equal([ItemChangeKind.Insert, ItemChangeKind.Modify, ItemChangeKind.Remove], changes.Select(change => change.Kind));
        Assert.Equal([first, second, null], changes.Select(change => change.NewImage));
        Assert.Equal([null, first, second], changes.Select(change => change.OldImage));
        Assert.All(changes, change =>
        {
            Assert.Equal(FileStore.KeyOf(1), change.Keys);
            Assert.InRange(change.Time, began, DateTimeOffset.UtcNow.AddSeconds(1));
            Assert.Matches("^shardId-[0-9]{20}-[0-9a-f]{8}$", change.ShardId);
            Assert.False(change.IsExpiry);
        });
        var behind = await TakeAsync(store.ReadChangesAsync("Things", changes[0].Position), 2);
        Assert.Equal(changes.Skip(1).Select(change => change.Position), behind.Select(change => change.Position));
    }

    [Fact]
    public async Task From_now_on_is_from_the_call_on()
    {
        await using var store = await Engine.Store.OpenAsync(new StoreOptions { InitialPartitions = 1 });
        await store.CreateTableAsync(FileStore.Definition("Things", stream: true));
        await store.PutAsync("Things", FileStore.ItemOf(1));
        var changes = store.ReadChangesAsync("Things", null);
        await store.PutAsync("Things", FileStore.ItemOf(2));

        Assert.Equal(FileStore.ItemOf(2), (await TakeAsync(changes, 1))[0].NewImage);
    }

    [Fact]
    public async Task What_cannot_be_read_is_refused()
    {
        await using var store = await Engine.Store.OpenAsync(new StoreOptions { InitialPartitions = 1 });
        await store.CreateTableAsync(FileStore.Definition("Plain"));

        Assert.Equal("ResourceNotFoundException", (await RefusalAsync(store.ReadChangesAsync("None", default(ChangePosition)))).ErrorType);
        Assert.Equal("ValidationException", (await RefusalAsync(store.ReadChangesAsync("Plain", default(ChangePosition)))).ErrorType);
    }

    /// <summary>Many times: the end may come at any moment of the reader's.</summary>
    [Theory]
    [InlineData(true, "ResourceNotFoundException")]
    [InlineData(false, "ValidationException")]
    public async Task A_sequence_ends_with_its_stream_once_all_was_shown(bool isDeleted, string error)
    {
        await using var store = await Engine.Store.OpenAsync(new StoreOptions { InitialPartitions = 1 });
        for (var round = 0; round < 100; round++)
        {
            var name = $"Things{round}";
            await store.CreateTableAsync(FileStore.Definition(name, stream: true));
            await store.PutAsync(name, FileStore.ItemOf(1));
            var shown = 0;
            var reading = Task.Run(async () =>
            {
                await foreach (var change in store.ReadChangesAsync(name, default(ChangePosition)))
                {
                    Interlocked.Increment(ref shown);
                }
            });
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref shown) == 1, Hang));
            await store.PutAsync(name, FileStore.ItemOf(2));
            if (isDeleted)
            {
                await store.DeleteTableAsync(name);
            }
            else
            {
                await store.Database.UpdateTableAsync(name, new TableChange { ChangesStream = true }, default);
            }

            var refusal = await Assert.ThrowsAsync<DynamoDbException>(() => reading.WaitAsync(Hang));
            Assert.Equal(error, refusal.ErrorType);
            Assert.Equal(2, shown);
        }
    }

    [Fact]
    public async Task A_position_that_is_no_longer_kept_is_refused()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var store = await Engine.Store.OpenAsync(new StoreOptions { InitialPartitions = 1, Time = time });
        await store.CreateTableAsync(FileStore.Definition("Things", stream: true));
        await store.PutAsync("Things", FileStore.ItemOf(1));
        await store.PutAsync("Things", FileStore.ItemOf(2));
        var changes = await TakeAsync(store.ReadChangesAsync("Things", default(ChangePosition)), 2);
        time.Advance(TimeSpan.FromHours(25));
        await store.PutAsync("Things", FileStore.ItemOf(3));

        var refusal = await RefusalAsync(store.ReadChangesAsync("Things", changes[0].Position));
        Assert.Equal("TrimmedDataAccessException", refusal.ErrorType);
        Assert.Equal(FileStore.ItemOf(3), (await TakeAsync(store.ReadChangesAsync("Things", changes[1].Position), 1))[0].NewImage);
        Assert.Equal(FileStore.ItemOf(3), (await TakeAsync(store.ReadChangesAsync("Things", default(ChangePosition)), 1))[0].NewImage);
    }

    [Fact]
    public async Task Positions_have_names_and_survive_a_loss_of_power()
    {
        var files = new MemoryFiles();
        await using (var store = await FileStore.OpenAsync(files))
        {
            await store.Store.CreateTableAsync(FileStore.Definition("Things", stream: true));
            Assert.Null(await store.Store.FindChangePositionAsync("Things", "audit"));
            await store.PutAsync("Things", 0, 10);
            var changes = await TakeAsync(store.Store.ResumeChangesAsync("Things", "audit"), 4);
            await store.Store.SaveChangePositionAsync("Things", "audit", changes[3].Position);
            await store.Store.SaveChangePositionAsync("Things", "mail", changes[0].Position);
            Assert.Equal(["Things"], await store.Store.ListTablesAsync());
            files = files.Crash(new Random(1));
        }

        await using var again = await FileStore.OpenAsync(files);
        await again.PutAsync("Things", 10, 1);
        var rest = await TakeAsync(again.Store.ResumeChangesAsync("Things", "audit"), 7);
        Assert.Equal(Enumerable.Range(4, 7).Select(n => FileStore.ItemOf(n)), rest.Select(change => change.NewImage));
        Assert.Equal(FileStore.ItemOf(1), (await TakeAsync(again.Store.ResumeChangesAsync("Things", "mail"), 1))[0].NewImage);
        Assert.Null(await again.Store.FindChangePositionAsync("Others", "audit"));
        await Assert.ThrowsAsync<DynamoDbException>(async () => await again.Store.SaveChangePositionAsync("Things", "", default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Readers_beside_concurrent_writers_see_every_keys_changes_in_their_order(bool onDisk)
    {
        const int writers = 4;
        const int writes = 150;
        await using var store = onDisk
            ? (await FileStore.OpenAsync(new MemoryFiles(), FileStore.Small with { StreamTailBytes = 4000 })).Store
            : await Engine.Store.OpenAsync(new StoreOptions { InitialPartitions = 4 });
        await store.CreateTableAsync(FileStore.Definition("Things", stream: true));
        var readers = Enumerable.Range(0, 5).Select(_ => Task.Run(() => TakeAsync(store.ReadChangesAsync("Things", default(ChangePosition)), writers * writes))).ToArray();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var n = 0; n < writes; n++)
            {
                await store.UpdateAsync(
                    "Things", FileStore.KeyOf(n % 5), "ADD C :one", new WriteOptions { Values = Item.Of((":one", 1)) });
                if (store.Checkpointer is { } checkpointer && writer == 0 && n % 40 == 39)
                {
                    await checkpointer.CheckpointAsync(default);
                    await checkpointer.MergeAsync(default);
                }
            }
        }))).WaitAsync(Hang);

        foreach (var seen in await Task.WhenAll(readers).WaitAsync(Hang))
        {
            Assert.Equal(seen.Select(change => change.Position).Order(), seen.Select(change => change.Position));
            foreach (var key in seen.GroupBy(change => change.Keys))
            {
                Assert.Equal(
                    Enumerable.Range(1, writers * writes / 5),
                    key.Select(change => int.Parse(change.NewImage!["C"].AsNumber(), CultureInfo.InvariantCulture)));
            }
        }
    }

    /// <summary>A reader acts on what it saw: power must not be able to undo that.</summary>
    [Fact]
    public async Task What_a_reader_has_seen_is_there_after_any_loss_of_power()
    {
        for (var seed = 0; seed < 15; seed++)
        {
            var files = new MemoryFiles();
            var seen = new ConcurrentQueue<ChangePosition>();
            var (crashed, before) = ((MemoryFiles?)null, 0);
            var store = await FileStore.OpenAsync(files, FileStore.Small with { StreamTailBytes = 2000 });
            try
            {
                await store.Store.CreateTableAsync(FileStore.Definition("Things", stream: true));

                // On the thread that writes the log: nothing else is written meanwhile.
                files.Before = (operation, name) =>
                {
                    if (crashed is null && (operation is FileOperation.Sync or FileOperation.Write) && seen.Count > seed * 8)
                    {
                        before = seen.Count;
                        crashed = files.Crash(new Random(seed));
                    }
                };
                var reading = Task.Run(async () =>
                {
                    await foreach (var change in store.Store.ReadChangesAsync("Things", default(ChangePosition)))
                    {
                        seen.Enqueue(change.Position);
                    }
                });
                var writing = Enumerable.Range(0, 3).Select(writer => Task.Run(async () =>
                {
                    for (var n = 0; n < 60 || Volatile.Read(ref crashed) is null; n++)
                    {
                        await store.PutAsync("Things", (writer * 100_000) + n, 1);
                    }
                })).ToArray();
                await Task.WhenAll(writing).WaitAsync(Hang);
                Assert.False(reading.IsCompleted);
            }
            finally
            {
                await store.DisposeAsync();
            }

            Assert.NotNull(crashed);
            await using var again = await FileStore.OpenAsync(crashed);
            var left = FeedReader.Of(again.Store, "Things");
            await left.ToEndAsync(again.Store.Changes);
            Assert.Equal(seen.Take(before), left.Changes.Take(before).Select(change => change.Position));
        }
    }

    private static async Task<List<ItemChange>> TakeAsync(IAsyncEnumerable<ItemChange> changes, int count)
    {
        using var hang = new CancellationTokenSource(Hang);
        var taken = new List<ItemChange>();
        await foreach (var change in changes.WithCancellation(hang.Token))
        {
            taken.Add(change);
            if (taken.Count == count)
            {
                break;
            }
        }

        return taken;
    }

    private static async Task<DynamoDbException> RefusalAsync(IAsyncEnumerable<ItemChange> changes) =>
        await Assert.ThrowsAsync<DynamoDbException>(() => TakeAsync(changes, 1));
}
