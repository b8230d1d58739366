using Storage.Engine;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;
using Storage.Tests.Files;
using Storage.Tests.Api;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>
/// A store in layers while things happen at once: "A value the cache lacks never makes others wait behind a lock";
/// checkpoints under readers and writers; damage.
/// </summary>
public sealed class LayeredStoreTests : IAsyncLifetime, IDisposable
{
    private const string Name = "TableT";
    private readonly CheckpointedStore checkpointed = new();
    private readonly ManualResetEventSlim gate = new();
    private readonly TaskCompletionSource blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int passes;

    private Engine.Store Store => checkpointed.Store;

    public async Task InitializeAsync() => await Store.CreateTableAsync(OpenedStore.Definition(Name));

    public async Task DisposeAsync()
    {
        gate.Set();
        await checkpointed.DisposeAsync();
    }

    public void Dispose() => gate.Dispose();

    [Fact]
    public async Task A_read_that_waits_for_the_disk_holds_up_nobody_else()
    {
        await PutManyAsync(50);
        checkpointed.Checkpoint();
        BlockNextRead();
        var reader = Task.Run(() => Store.GetAsync(Name, Key(25)).AsTask());
        await blocked.Task;

        await PutAsync(25, 1000);
        await PutAsync(99, 99);
        Assert.Equal(30, await ReadAsync(30));
        Assert.Equal(51, (await ScanAsync()).Count);
        checkpointed.Checkpoint();
        await PutAsync(26, 2000);
        Assert.False(reader.IsCompleted);
        gate.Set();

        Assert.Equal(25, (await reader)!["N"].AsInt64());
        Assert.Equal(1000, await ReadAsync(25));
    }

    [Fact]
    public async Task A_write_that_waits_for_the_disk_holds_up_nobody_else_and_sees_what_came_meanwhile()
    {
        await PutManyAsync(50);
        checkpointed.Checkpoint();
        BlockNextRead();
        var writer = Task.Run(() => AddAsync(25));
        await blocked.Task;

        await AddAsync(25);
        await PutAsync(99, 99);
        Assert.Equal(30, await ReadAsync(30));
        Assert.False(writer.IsCompleted);
        gate.Set();
        await writer;

        Assert.Equal(27, await ReadAsync(25));
    }

    [Fact]
    public async Task A_write_looks_again_when_a_checkpoint_was_published_after_it_read_the_runs()
    {
        await PutManyAsync(50);
        checkpointed.Checkpoint();
        BlockNextRead();
        var writer = Task.Run(() => AddAsync(25));
        await blocked.Task;

        await AddAsync(25);
        checkpointed.Checkpoint();
        gate.Set();
        await writer;

        Assert.Equal(27, await ReadAsync(25));
    }

    /// <summary>Whatever layer it is in, an item that nobody changes is met once by every reader.</summary>
    [Fact]
    public async Task Readers_during_checkpoints_miss_nothing_and_meet_nothing_twice()
    {
        for (var i = 0; i < 200; i++)
        {
            await PutAsync(i * 2, i);
        }

        using var done = new CancellationTokenSource();
        var churn = Task.Run(async () =>
        {
            for (var i = 0; !done.IsCancellationRequested; i++)
            {
                var number = (i * 7 % 400) | 1;
                await (i % 3 == 0 ? Store.DeleteAsync(Name, Key(number)).AsTask() : PutAsync(number, i));
            }
        });
        var transfer = Task.Run(async () =>
        {
            for (var i = 0; !done.IsCancellationRequested; i++)
            {
                var change = new WriteOptions { Values = Item.Of((":one", 1)) };
                await Store.TransactWriteAsync(
                [
                    TransactAction.Update(Name, OpenedStore.Key("from", "s"), "ADD M :one", change),
                    TransactAction.Update(Name, OpenedStore.Key("to", "s"), "ADD M :one", change),
                ]);
            }
        });
        var checkpoints = Task.Run(() =>
        {
            for (var i = 0; i < 25; i++)
            {
                checkpointed.Checkpoint();
                if (i % 8 == 7)
                {
                    checkpointed.Merge();
                }
            }
        });
        do
        {
            foreach (var ascending in new[] { true, false })
            {
                var even = (await ScanAsync(ascending)).Where(number => number % 2 == 0).ToList();
                Assert.Equal(Enumerable.Range(0, 200).Select(i => ascending ? i * 2 : 398 - (i * 2)), even);
            }

            var pair = await Store.TransactGetAsync([(Name, OpenedStore.Key("from", "s")), (Name, OpenedStore.Key("to", "s"))]);
            Assert.Equal(pair[0]?["M"], pair[1]?["M"]);
        }
        while (!checkpoints.IsCompleted);

        await checkpoints;
        await done.CancelAsync();
        await Task.WhenAll(churn, transfer);
    }

    [Fact]
    public async Task An_index_is_filled_from_cold_items_while_writers_and_checkpoints_go_on()
    {
        for (var i = 0; i < 300; i++)
        {
            await PutGroupAsync(i, $"g{i % 3}");
        }

        checkpointed.Checkpoint();
        var table = await checkpointed.Opened.Database.UpdateTableAsync(
            Name, new TableChange { AddIndex = OpenedStore.Index("ByG", "G") }, default);
        var writer = Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++)
            {
                await ((i % 4) switch
                {
                    0 => Store.DeleteAsync(Name, Key(i)).AsTask(),
                    1 => PutGroupAsync(i, "moved"),
                    2 => PutGroupAsync(i, null),
                    _ => PutGroupAsync(i + 1000, "g1"),
                });
            }
        });
        do
        {
            checkpointed.Checkpoint();
        }
        while (!writer.IsCompleted);

        await writer;
        await checkpointed.Opened.Database.WaitForBackfillsAsync(table, default);

        var index = checkpointed.Opened.Table(Name).Indexes[0];
        var expected = (await ItemsAsync(null)).Where(item => item.TryGetValue("G", out _)).ToList();
        var entries = await ItemsAsync("ByG");
        Assert.True(index.IsActive);
        Assert.Equal(Sorted(expected), Sorted(entries));
        Assert.Equal(expected.Count, index.ItemCount);
        Assert.Equal(entries.Sum(item => item.SizeBytes), index.SizeBytes);

        // The records say the same to who folds all of them and to who begins at the checkpoint.
        var all = StateText.Of(checkpointed.Opened.Log.Replay(), withLsns: false);
        await checkpointed.ReopenAsync();
        Assert.Equal(all, StateText.Of(checkpointed.Opened.State, withLsns: false));
    }

    /// <summary>What is not in memory cannot tell whether a record speaks the truth: the record has to.</summary>
    [Fact]
    public async Task A_record_tells_of_no_entry_that_an_index_being_filled_does_not_have_yet()
    {
        for (var i = 0; i < 6; i++)
        {
            await PutGroupAsync(i, "g");
        }

        checkpointed.Checkpoint();
        checkpointed.Opened.Log.HoldRoomAfter(1); // the change of the table; the backfill waits
        var table = await checkpointed.Opened.Database.UpdateTableAsync(
            Name, new TableChange { AddIndex = OpenedStore.Index("ByG", "G") }, default);
        await PutGroupAsync(6, "g");
        await PutGroupAsync(0, "moved from where it was not yet");
        checkpointed.Checkpoint();
        await PutGroupAsync(6, "moved from where it was, in runs now");
        await PutAsync(2, 2);
        await PutGroupAsync(2, "g");
        await Store.UpdateAsync(Name, Key(3), "SET T = :t", new WriteOptions { Values = Item.Of((":t", "replaced before it is there")) });
        await Store.DeleteAsync(Name, Key(1));

        var index = checkpointed.Opened.Table(Name).Indexes[0];
        Assert.False(index.IsActive);
        Assert.Equal(4, index.ItemCount);
        checkpointed.Opened.Log.ReleaseRoom();
        await checkpointed.Opened.Database.WaitForBackfillsAsync(table, default);
        Assert.Equal(6, (await ItemsAsync("ByG")).Count);
        Assert.Equal(6, checkpointed.Opened.Table(Name).Indexes[0].ItemCount);
        Assert.Equal((await ItemsAsync("ByG")).Sum(item => item.SizeBytes), checkpointed.Opened.Table(Name).Indexes[0].SizeBytes);
    }

    [Fact]
    public async Task An_answer_out_of_frozen_memory_waits_until_it_is_durable()
    {
        await PutAsync(1, 1);
        await PutAsync(2, 2);
        checkpointed.Checkpoint();
        checkpointed.Opened.Log.Hold();
        var put = PutAsync(1, 11);
        var delete = Store.DeleteAsync(Name, Key(2)).AsTask();
        checkpointed.Freeze();

        var waiting = new Task[] { put, delete, ReadAsync(1), Store.GetAsync(Name, Key(2)).AsTask(), ScanAsync() };
        Assert.DoesNotContain(waiting, task => task.IsCompleted);
        checkpointed.Opened.Log.Release();
        await Task.WhenAll(waiting);
    }

    /// <summary>"A damaged block of a run fails the reads that need it by name and stops that partition's writes."</summary>
    [Fact]
    public async Task A_damaged_block_fails_who_needs_it_and_stops_its_partitions_writes()
    {
        await PutManyAsync(50);
        checkpointed.Checkpoint();
        await PutAsync(100, 100);
        await Store.CreateTableAsync(OpenedStore.Definition("Other"));
        Damage();

        await PutAsync(100, 101);
        var met = await Assert.ThrowsAsync<DamagedBlockException>(() => ReadAsync(25));
        Assert.Equal(checkpointed.LastRunName, met.File);
        Assert.Equal(101, await ReadAsync(100));
        await Assert.ThrowsAsync<DamagedBlockException>(() => ScanAsync());
        await Assert.ThrowsAsync<DamagedBlockException>(() => PutAsync(25, 1));
        await Assert.ThrowsAsync<DamagedBlockException>(() => PutAsync(100, 102));
        await Store.PutAsync("Other", Key(1));
        Assert.Equal(101, await ReadAsync(100));
        Assert.Null(Store.WritesStoppedBecause);
    }

    [Fact]
    public async Task A_write_that_meets_a_damaged_block_is_refused_and_so_are_those_after_it()
    {
        await PutManyAsync(50);
        checkpointed.Checkpoint();
        await PutAsync(100, 100);
        Damage();

        await Assert.ThrowsAsync<DamagedBlockException>(() => PutAsync(25, 1));
        await Assert.ThrowsAsync<DamagedBlockException>(() => PutAsync(100, 1));
        await Assert.ThrowsAsync<DamagedBlockException>(() => Store.TransactWriteAsync(
            [TransactAction.Put("TableT", Key(100))]).AsTask());
    }

    [Fact]
    public async Task A_dropped_table_does_not_keep_old_runs_alive()
    {
        await PutManyAsync(50);
        checkpointed.Checkpoint();
        var old = checkpointed.LastRunName;
        var table = checkpointed.Opened.Table(Name);
        await Store.DeleteTableAsync(Name);

        checkpointed.Checkpoint();
        checkpointed.Merge();

        Assert.False(checkpointed.Files.Exists(old));
        var read = new ItemRead { Table = table };
        table.TryBuildKey(new Engine.Encoding.ValueView(Key(1).Encoded.Span), read.Key);
        var gone = await Assert.ThrowsAsync<DynamoDbException>(() => checkpointed.Opened.Database.ReadAsync(read, default).AsTask());
        Assert.Equal("ResourceNotFoundException", gone.ErrorType);
    }

    /// <summary>"Hot paths: bytes and spans, no object per attribute", also when the item is in runs.</summary>
    [Theory]
    [InlineData("GetItem", """{"TableName":"TableT","Key":{"P":{"S":"p"},"S":{"S":"00025"}}}""")]
    [InlineData("UpdateItem", """{"TableName":"TableT","Key":{"P":{"S":"p"},"S":{"S":"00025"}},"UpdateExpression":"SET N = :n","ExpressionAttributeValues":{":n":{"N":"25"}}}""")]
    [InlineData("DeleteItem", """{"TableName":"TableT","Key":{"P":{"S":"p"},"S":{"S":"99999"}}}""")]
    public async Task A_request_of_one_cold_item_allocates_next_to_nothing(string operation, string request)
    {
        await PutManyAsync(50);
        checkpointed.Checkpoint();
        var each = RepeatedRequest.BytesAllocated(Store, operation, request);
        Assert.True(each <= 64, $"{each} bytes a request");
    }

    private static Item Key(int number) => OpenedStore.Key("p", $"{number:D5}");

    private static Item ItemOf(int number, int value) =>
        Item.Of(("P", "p"), ("S", $"{number:D5}"), ("N", value), ("T", new string('t', 40)));

    private static List<string> Sorted(IEnumerable<Item> items) =>
        [.. items.Select(item => Convert.ToHexString(item.Encoded.Span)).Order(StringComparer.Ordinal)];

    private Task<WriteOutcome> PutAsync(int number, int value) => Store.PutAsync(Name, ItemOf(number, value)).AsTask();

    private Task<WriteOutcome> PutGroupAsync(int number, string? group) => Store.PutAsync(
        Name, group is null ? Key(number) : Item.Of(("P", "p"), ("S", $"{number:D5}"), ("G", group), ("T", new string('t', 40)))).AsTask();

    private async Task PutManyAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await PutAsync(i, i);
        }
    }

    private Task<WriteOutcome> AddAsync(int number) => Store.UpdateAsync(
        Name, Key(number), "ADD N :one", new WriteOptions { Values = Item.Of((":one", 1)) }).AsTask();

    private async Task<long> ReadAsync(int number) => (await Store.GetAsync(Name, Key(number)))!["N"].AsInt64();

    private async Task<List<int>> ScanAsync(bool ascending = true)
    {
        var numbers = new List<int>();
        await foreach (var item in Store.QueryAsync(Name, new QueryOptions
        {
            KeyCondition = "P = :p",
            Values = Item.Of((":p", "p")),
            Descending = !ascending,
        }))
        {
            numbers.Add(int.Parse(item["S"].AsString(), System.Globalization.CultureInfo.InvariantCulture));
        }

        return numbers;
    }

    private async Task<List<Item>> ItemsAsync(string? index)
    {
        var items = new List<Item>();
        await foreach (var item in Store.ScanAsync(Name, new ScanOptions { Index = index }))
        {
            items.Add(item);
        }

        return items;
    }

    /// <summary>The next read of a run waits for the gate; others go on.</summary>
    private void BlockNextRead() => checkpointed.Files.Before = (operation, _) =>
    {
        if (operation == FileOperation.Read && Interlocked.Increment(ref passes) == 1)
        {
            blocked.SetResult();
            gate.Wait();
        }
    };

    /// <summary>Flips a bit of every 64 bytes of the newest run; what the cache and the open file hold is not read again.</summary>
    private void Damage()
    {
        var file = checkpointed.Files[checkpointed.LastRunName];
        var bytes = file.Bytes;
        for (var at = 0; at < bytes.Length; at += 64)
        {
            file.Write(at, [(byte)(bytes[at] ^ 1)]);
        }
    }
}
