using Microsoft.Extensions.Time.Testing;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;
using Storage.Engine.Tables;
using Storage.Tests.Files;
using Xunit;
using Utf8 = System.Text.Encoding;

namespace Storage.Tests.Recovery;

/// <summary>
/// "DynamoDB Streams captures a time-ordered sequence of item-level modifications and stores this information in a log
/// for up to 24 hours." Developer Guide.
/// </summary>
public sealed class HistoryTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Changes_of_a_table_with_a_stream_outlive_the_log_and_others_do_not()
    {
        var files = new MemoryFiles();
        await using (var store = await FileStore.OpenAsync(files, time: time))
        {
            await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
            await store.Store.CreateTableAsync(FileStore.Definition("Plain"));
            for (var round = 0; round < 3; round++)
            {
                await store.PutAsync("Plain", 0, 200);
                await store.PutAsync("Streamed", round, 2, $"round {round}");
                await store.Checkpointer.CheckpointAsync(default);
                Assert.Equal(1, store.Segments);
            }
        }

        await using var again = await FileStore.OpenAsync(files, time: time);
        var expected = new[] { "0 round 0", "1 round 0", "1 round 1", "2 round 1", "2 round 2", "3 round 2" };
        Assert.Equal(expected, Read(again, "Streamed"));
        Assert.Empty(Read(again, "Plain"));
    }

    [Fact]
    public async Task A_stream_that_begins_or_ends_between_checkpoints_keeps_just_its_changes()
    {
        await using var store = await FileStore.OpenAsync(new MemoryFiles(), time: time);
        await store.Store.CreateTableAsync(FileStore.Definition("Things"));
        await store.PutAsync("Things", 0, 1, "before");
        await store.Store.Database.UpdateTableAsync("Things", new TableChange { ChangesStream = true, Stream = StreamViewType.NewImage }, default);
        await store.PutAsync("Things", 1, 1, "during");
        await store.Checkpointer.CheckpointAsync(default);
        await store.PutAsync("Things", 2, 1, "during");
        await store.Store.Database.UpdateTableAsync("Things", new TableChange { ChangesStream = true }, default);
        await store.PutAsync("Things", 3, 1, "after");
        await store.Checkpointer.CheckpointAsync(default);

        Assert.Equal(["1 during", "2 during"], Read(store, "Things"));
    }

    [Fact]
    public async Task History_goes_a_day_after_its_last_change()
    {
        await using var store = await FileStore.OpenAsync(new MemoryFiles(), time: time);
        await store.Store.CreateTableAsync(FileStore.Definition("Streamed", stream: true));
        for (var hour = 0; hour < 30; hour++)
        {
            await store.PutAsync("Streamed", hour, 1, $"hour {hour}");
            await store.Checkpointer.CheckpointAsync(default);
            time.Advance(TimeSpan.FromHours(1));
        }

        await store.Store.CreateTableAsync(FileStore.Definition("Another"));
        await store.Checkpointer.CheckpointAsync(default);

        Assert.Equal(Enumerable.Range(6, 24).Select(hour => $"{hour} hour {hour}"), Read(store, "Streamed"));
        await store.Checkpointer.MergeAsync(default);
        Assert.Equal(Enumerable.Range(6, 24).Select(hour => $"{hour} hour {hour}"), Read(store, "Streamed"));
        Assert.InRange(store.Manifest.History.Count, 1, 8);
    }

    private static List<string> Read(FileStore store, string table)
    {
        var id = store.Store.Database.Catalog.Find(table)!.Stored.Id;
        var low = new byte[HistoryEntry.KeyBytes];
        var high = new byte[HistoryEntry.KeyBytes];
        HistoryEntry.WriteKey(low, id, 0, 0);
        HistoryEntry.WriteKey(high, id + 1, 0, 0);
        var changes = new List<string>();
        var cursor = new RunSetCursor();
        cursor.Start(store.Checkpointer.Live.History, low, high, true);
        while (cursor.MoveNext())
        {
            var entry = HistoryEntry.Read(cursor.Key, cursor.Value);
            var item = new ValueView(entry.Change.NewImage);
            item.TryGetMember("N"u8, out var n);
            item.TryGetMember("Text"u8, out var text);
            var number = new byte[64];
            var length = NumberCodec.Format(n.Scalar, number);
            changes.Add($"{Utf8.UTF8.GetString(number, 0, length)} {Utf8.UTF8.GetString(text.Scalar)}");
        }

        cursor.Stop();
        return changes;
    }
}
