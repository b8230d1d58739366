using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Engine.Recovery;
using Storage.Engine.Tables;
using Storage.Tests.Files;
using Storage.Tests.Recovery;
using Xunit;

namespace Storage.Tests.Streams;

/// <summary>A reader sees each change once and in order, wherever memory, log and history meet when it comes by.</summary>
public sealed class ChangeFeedFilesTests
{
    /// <summary>Room for a few changes: most readers read files.</summary>
    private static readonly CheckpointOptions SmallTail = FileStore.Small with { StreamTailBytes = 2000 };

    private static readonly string Long = new('x', 1500);

    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task A_reader_gets_from_history_to_log_to_memory(int changesMax)
    {
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files, SmallTail, time);
        await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        for (var round = 0; round < 4; round++)
        {
            await store.PutAsync("Streamed", round * 20, 20);
            if (round < 3)
            {
                await store.Checkpointer.CheckpointAsync(default);
            }
        }

        Assert.Equal(1, store.Segments);
        Assert.True(store.Store.Changes.MemoryBytes <= 2000);
        var all = await FeedReader.AllAsync(store.Store, "Streamed", changesMax);
        Assert.Equal(Enumerable.Range(0, 80).Select(n => FeedReader.Text("INSERT", null, FileStore.ItemOf(n))), all);
        Assert.True(store.Store.Changes.FilesRead > 1);
    }

    /// <summary>Found by a crash image: at neither checkpoint had a table a stream, so the log went with the changes.</summary>
    [Fact]
    public async Task A_stream_switched_on_and_off_between_two_checkpoints_keeps_its_changes()
    {
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files, SmallTail, time);
        await store.Store.CreateTableAsync(FileStore.Definition("Streamed"));
        await store.PutAsync("Streamed", 0, 5);
        await store.Checkpointer.CheckpointAsync(default);
        var on = new TableChange { ChangesStream = true, Stream = StreamViewType.NewAndOldImages };
        await store.Store.Database.UpdateTableAsync("Streamed", on, default);
        await store.PutAsync("Streamed", 5, 20);
        await store.Store.Database.UpdateTableAsync("Streamed", on with { Stream = null }, default);
        await store.PutAsync("Streamed", 25, 5);
        await store.Checkpointer.CheckpointAsync(default);

        await using var again = await FileStore.OpenAsync(files.Copy(), SmallTail, time);
        Assert.Equal(
            Enumerable.Range(5, 20).Select(n => FeedReader.Text("INSERT", null, FileStore.ItemOf(n))),
            await FeedReader.AllAsync(again.Store, "Streamed"));
    }

    /// <summary>More changes than memory has room for, replayed; the end of another stream is no reason to forget this one.</summary>
    [Fact]
    public async Task A_stream_that_ended_behind_the_checkpoint_is_found_in_the_log_after_a_kill()
    {
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files, SmallTail, time);
        foreach (var name in (string[])["Streamed", "Other", "Third"])
        {
            await store.Store.CreateTableAsync(FileStore.Definition(name, stream: true));
        }

        var off = new TableChange { ChangesStream = true };
        await store.PutAsync("Streamed", 0, 5);
        await store.Store.Database.UpdateTableAsync("Streamed", off, default);
        await store.PutAsync("Third", 0, 5, Long);
        await store.Store.Database.UpdateTableAsync("Other", off, default);

        await using var killed = await FileStore.OpenAsync(files.Copy(), SmallTail, time);
        Assert.Equal(
            Enumerable.Range(0, 5).Select(n => FeedReader.Text("INSERT", null, FileStore.ItemOf(n))),
            await FeedReader.AllAsync(killed.Store, "Streamed"));
    }

    /// <summary>Records larger than the distance of two noted places in the log, and a large number of small ones.</summary>
    [Fact]
    public async Task The_log_is_read_in_steps()
    {
        await using var store = await FileStore.OpenAsync(new MemoryFiles(), SmallTail, time);
        await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        var text = new string('y', 100_000);
        await store.PutAsync("Streamed", 0, 10, text);
        await store.Store.TransactWriteAsync([.. Enumerable.Range(10, 30).Select(n => TransactAction.Put("Streamed", FileStore.ItemOf(n, text)))]);
        await store.PutAsync("Streamed", 40, 10, text);
        await store.PutAsync("Streamed", 50, 100);

        var reader = FeedReader.Of(store.Store, "Streamed", changesMax: 7);
        await reader.ToEndAsync(store.Store.Changes);
        Assert.Equal(
            Enumerable.Range(0, 150).Select(n => FeedReader.Text("INSERT", null, FileStore.ItemOf(n, n < 50 ? text : "some text that fills a little of the log"))),
            reader.Texts);
        var before = store.Store.Changes.FilesRead;
        var late = FeedReader.Of(store.Store, "Streamed", reader.Changes[45].Position);
        await late.ToEndAsync(store.Store.Changes);
        Assert.Equal(104, late.Changes.Count);
        Assert.InRange(store.Store.Changes.FilesRead - before, 1, 6);
    }

    [Fact]
    public async Task A_reader_that_stands_still_holds_neither_memory_nor_log()
    {
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files, SmallTail, time);
        await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        await store.PutAsync("Streamed", 0, 5);
        var slow = FeedReader.Of(store.Store, "Streamed", changesMax: 3);
        await slow.PageAsync(store.Store.Changes);
        for (var round = 0; round < 5; round++)
        {
            await store.PutAsync("Streamed", 5 + (round * 40), 40);
            Assert.True(store.Store.Changes.MemoryBytes <= 2000);
            await store.Checkpointer.CheckpointAsync(default);
            Assert.Equal(1, store.Segments);
        }

        await slow.ToEndAsync(store.Store.Changes);
        Assert.Equal(Enumerable.Range(0, 205).Select(n => FeedReader.Text("INSERT", null, FileStore.ItemOf(n))), slow.Texts);
        Assert.False(slow.HasMissed);
    }

    [Fact]
    public async Task A_log_that_is_trimmed_while_it_is_read_loses_no_change()
    {
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files, SmallTail, time);
        await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        await store.PutAsync("Streamed", 0, 60, Long);
        var reader = FeedReader.Of(store.Store, "Streamed", changesMax: 10);
        await reader.PageAsync(store.Store.Changes);
        var checkpoints = 0;
        files.Before = (operation, name) =>
        {
            if (operation == FileOperation.Read && name.EndsWith(".log", StringComparison.Ordinal) && Interlocked.Increment(ref checkpoints) == 2)
            {
                Task.Run(() => store.Checkpointer.CheckpointAsync(default)).Wait();
            }
        };
        await reader.ToEndAsync(store.Store.Changes);

        Assert.Equal(1, store.Checkpointer.CheckpointCount);
        Assert.Equal(Enumerable.Range(0, 60).Select(n => FeedReader.Text("INSERT", null, FileStore.ItemOf(n, Long))), reader.Texts);
    }

    [Fact]
    public async Task A_damaged_log_is_told_and_not_skipped()
    {
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files, SmallTail, time);
        await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        await store.PutAsync("Streamed", 0, 60, Long);
        using (var file = files.Open("00000001.log", create: false))
        {
            file.Write(8192, new byte[2048]);
        }

        var reader = FeedReader.Of(store.Store, "Streamed", changesMax: 10);
        var damage = await Assert.ThrowsAsync<InvalidDataException>(() => reader.ToEndAsync(store.Store.Changes));
        Assert.Contains("00000001.log", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_of_a_stream_that_ended_stay_readable()
    {
        var files = new MemoryFiles();
        var tiny = SmallTail with { StreamTailBytes = 300 }; // the log is read over the time without a stream
        var id = 0u;
        await using (var store = await FileStore.OpenAsync(files, tiny, time))
        {
            await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
            id = FeedReader.IdOf(store.Store, "Streamed");
            await store.PutAsync("Streamed", 0, 10);
            await SwitchAsync(store, null);
            await store.PutAsync("Streamed", 10, 10);
            await Expect(store, [.. Enumerable.Range(0, 10)]);
            await SwitchAsync(store, StreamViewType.KeysOnly);
            await store.PutAsync("Streamed", 20, 10);
            await Expect(store, [.. Enumerable.Range(0, 10), .. Enumerable.Range(20, 10)]);
            await store.Checkpointer.CheckpointAsync(default);
            await Expect(store, [.. Enumerable.Range(0, 10), .. Enumerable.Range(20, 10)]);
            await store.PutAsync("Streamed", 30, 10);
            await store.Store.DeleteTableAsync("Streamed");
            await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
            await store.PutAsync("Streamed", 40, 10);
            await Expect(store, [.. Enumerable.Range(0, 10), .. Enumerable.Range(20, 20)]);
        }

        await using (var again = await FileStore.OpenAsync(files, tiny, time))
        {
            await Expect(again, [.. Enumerable.Range(0, 10), .. Enumerable.Range(20, 20)]);
            await again.Checkpointer.CheckpointAsync(default);
            await Expect(again, [.. Enumerable.Range(0, 10), .. Enumerable.Range(20, 20)]);
        }

        async Task Expect(FileStore store, int[] numbers)
        {
            var reader = new FeedReader(id, changesMax: 3);
            await reader.ToEndAsync(store.Store.Changes);
            Assert.Equal(numbers.Select(n => FeedReader.Text("INSERT", null, FileStore.ItemOf(n))), reader.Texts);
        }
    }

    /// <summary>
    /// "All data in DynamoDB Streams is subject to a 24-hour lifetime." Developer Guide. A reader that has seen what is gone
    /// has missed nothing.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_are_shown_for_a_day(bool smallTail)
    {
        var files = new MemoryFiles();
        var options = smallTail ? SmallTail : FileStore.Small;
        var positions = new List<ChangePosition>();
        await using (var store = await FileStore.OpenAsync(files, options, time))
        {
            await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
            for (var hour = 0; hour < 60; hour++)
            {
                await store.PutAsync("Streamed", hour, 1);
                var reader = FeedReader.Of(store.Store, "Streamed", changesMax: 4);
                await reader.ToEndAsync(store.Store.Changes);
                positions.Add(reader.Changes[^1].Position);
                var from = Math.Max(0, hour - 24);
                Assert.Equal(
                    Enumerable.Range(from, hour + 1 - from).Select(n => FeedReader.Text("INSERT", null, FileStore.ItemOf(n))), reader.Texts);
                Assert.False(reader.HasMissed);
                Horizon(store, from);
                if (hour % 5 == 4)
                {
                    await store.Checkpointer.CheckpointAsync(default);
                    await store.Checkpointer.MergeAsync(default);
                    Horizon(store, from);
                }

                time.Advance(TimeSpan.FromHours(1));
            }
        }

        await using var again = await FileStore.OpenAsync(files, options, time);
        Horizon(again, 36);
        foreach (var (n, isKept) in new[] { (10, false), (34, false), (35, true), (40, true) })
        {
            var reader = FeedReader.Of(again.Store, "Streamed", positions[n]);
            await reader.ToEndAsync(again.Store.Changes);
            Assert.Equal(isKept, !reader.HasMissed);
            Assert.Equal(Enumerable.Range(Math.Max(36, n + 1), 59 - Math.Max(35, n)), reader.Changes.Select(change => (int)Number(change)));
        }

        void Horizon(FileStore store, int firstKept)
        {
            var horizon = store.Store.Changes.TrimHorizon(FeedReader.IdOf(store.Store, "Streamed"));
            Assert.True(horizon < positions[firstKept], $"{horizon} hides {firstKept}.");
            Assert.Equal(firstKept == 0 ? default : positions[firstKept - 1], horizon);
        }
    }

    /// <summary>What the files no longer show cannot be missed silently: the manifest remembers up to where they are trimmed.</summary>
    [Fact]
    public async Task A_reader_that_comes_back_after_its_changes_were_let_go_of_is_told_so()
    {
        var files = new MemoryFiles();
        var seen = ChangePosition.EndOf(0);
        await using (var store = await FileStore.OpenAsync(files, SmallTail, time))
        {
            await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
            await store.PutAsync("Streamed", 0, 5);
            seen = store.Store.Changes.End;
            await store.PutAsync("Streamed", 5, 50);
            await store.Checkpointer.CheckpointAsync(default);
            time.Advance(TimeSpan.FromHours(25));
            await store.PutAsync("Streamed", 100, 5);
            await store.Checkpointer.CheckpointAsync(default);
            Assert.Single(store.Manifest.History);
        }

        await using var again = await FileStore.OpenAsync(files, SmallTail, time);
        var late = FeedReader.Of(again.Store, "Streamed", seen);
        await late.ToEndAsync(again.Store.Changes);
        Assert.True(late.HasMissed);
        Assert.Equal(5, late.Changes.Count);
        var all = FeedReader.Of(again.Store, "Streamed");
        await all.ToEndAsync(again.Store.Changes);
        Assert.False(all.HasMissed);
        Assert.Equal(5, all.Changes.Count);
        var next = FeedReader.Of(again.Store, "Streamed", all.Changes[1].Position);
        await next.ToEndAsync(again.Store.Changes);
        Assert.False(next.HasMissed);
        Assert.Equal(3, next.Changes.Count);
    }

    [Fact]
    public void Readers_of_any_pace_see_each_change_once_in_order_across_checkpoints_merges_crashes_and_openings() =>
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[1, 12].Array[10, 60]).Sample(
            (seed, steps) => new FeedModel(seed).RunAsync(steps).GetAwaiter().GetResult(), iter: 60);

    private static decimal Number(Engine.Streams.StreamChange change) =>
        decimal.Parse(new Item(change.NewImage)["N"].AsNumber(), System.Globalization.CultureInfo.InvariantCulture);

    private static async Task SwitchAsync(FileStore store, StreamViewType? stream) =>
        await store.Store.Database.UpdateTableAsync("Streamed", new TableChange { ChangesStream = true, Stream = stream }, default);
}
