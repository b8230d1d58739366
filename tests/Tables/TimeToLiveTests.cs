using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>Time to live: what is indexed, what a sweep removes, and what it leaves.</summary>
public sealed class TimeToLiveTests : IAsyncLifetime
{
    private const string Name = "TableT";

    private OpenedStore opened = null!;

    private Engine.Store Store => opened.Store;

    private long Now => opened.Time.GetUtcNow().ToUnixTimeSeconds();

    public async Task InitializeAsync()
    {
        opened = OpenedStore.Empty();
        await Store.CreateTableAsync(OpenedStore.Definition(Name) with { TimeToLive = "T" });
    }

    public async Task DisposeAsync() => await opened.DisposeAsync();

    /// <summary>"Items that have expired but haven't yet been deleted by TTL still appear in reads, queries, and scans." Developer Guide.</summary>
    [Fact]
    public async Task What_has_expired_is_visible_until_a_sweep_removes_it()
    {
        await PutAsync("due", Now);
        await PutAsync("past", Now - 1000);
        await PutAsync("later", Now + 1);
        await PutAsync("never", null);

        Assert.Equal(["due", "later", "never", "past"], await SortKeysAsync());
        Assert.Equal(2, await Store.SweepExpiredAsync());
        Assert.Equal(["later", "never"], await SortKeysAsync());
        Assert.Equal(0, await Store.SweepExpiredAsync());
        opened.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await Store.SweepExpiredAsync());
        Assert.Equal(["never"], await SortKeysAsync());
        Assert.Empty(Entries());
        Assert.Equal(0, Expiry.Partitions.SizeBytes);
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
    }

    /// <summary>"Items with an expiration time older than five years are not processed." Developer Guide, Using time to live.</summary>
    [Fact]
    public async Task What_expired_more_than_five_years_ago_stays()
    {
        opened.Time.SetUtcNow(new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero));
        var oldest = new DateTimeOffset(2021, 11, 23, 10, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        await PutAsync("too old", oldest - 1);
        await PutAsync("old", oldest);
        await PutAsync("first second of all", 1);

        Assert.Equal(1, await Store.SweepExpiredAsync());
        Assert.Equal(["first second of all", "too old"], await SortKeysAsync());
    }

    [Fact]
    public async Task An_item_has_an_entry_while_its_attribute_is_a_time_and_a_change_of_something_else_leaves_it_alone()
    {
        var at = Now + 100;
        await PutAsync("s", at);
        Assert.Equal([$"{at} s"], Entries());
        Assert.Equal(1, DeltasOfLastRecord());

        await Store.UpdateAsync(Name, Key("s"), "SET O = :o", new() { Values = Item.Of((":o", "other")) });
        Assert.Equal(0, DeltasOfLastRecord());
        await Store.UpdateAsync(Name, Key("s"), "SET T = :t", new() { Values = Item.Of((":t", at + 0.5m)) });
        Assert.Equal(0, DeltasOfLastRecord()); // the same second
        await Store.UpdateAsync(Name, Key("s"), "ADD T :t", new() { Values = Item.Of((":t", 1)) });
        Assert.Equal([$"{at + 1} s"], Entries());
        Assert.Equal(2, DeltasOfLastRecord());

        await Store.UpdateAsync(Name, Key("s"), "SET T = :t", new() { Values = Item.Of((":t", "soon")) });
        Assert.Empty(Entries());
        await PutAsync("s", at);
        await Store.UpdateAsync(Name, Key("s"), "REMOVE T");
        Assert.Empty(Entries());
        await PutAsync("s", at);
        await Store.DeleteAsync(Name, Key("s"));
        Assert.Empty(Entries());
    }

    [Theory]
    [InlineData("later")]
    [InlineData("never")]
    [InlineData("other")]
    [InlineData("again")]
    public async Task An_item_that_was_rewritten_after_its_entry_was_read_is_judged_as_it_is_then(string rewritten)
    {
        await PutAsync("s", Now - 5);
        opened.Log.HoldRoomAfter(0); // the sweep waits before its first write; single writes go on
        var sweep = Store.SweepExpiredAsync().AsTask();
        Assert.False(sweep.IsCompleted);
        switch (rewritten)
        {
            case "later":
                await PutAsync("s", Now + 5);
                break;
            case "never":
                await PutAsync("s", null);
                break;
            case "other":
                opened.Log.LetRoomThrough(1);
                await Store.UpdateTimeToLiveAsync(Name, "U");
                break;
            default:
                await PutAsync("s", Now - 4);
                break;
        }

        opened.Log.ReleaseRoom();
        Assert.Equal(rewritten == "again" ? 1 : 0, await sweep);
        Assert.Equal(rewritten == "again" ? [] : ["s"], await SortKeysAsync());
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
    }

    [Fact]
    public async Task A_table_deleted_under_a_sweep_ends_its_part_only()
    {
        await Store.CreateTableAsync(OpenedStore.Definition("TableU") with { TimeToLive = "T" });
        await PutAsync("s", Now);
        await Store.PutAsync("TableU", Item.Of(("P", "p"), ("S", "s"), ("T", Now)));
        opened.Log.HoldRoomAfter(0);
        var sweep = Store.SweepExpiredAsync().AsTask();
        opened.Log.LetRoomThrough(1);
        await Store.DeleteTableAsync(Name);
        opened.Log.ReleaseRoom();

        Assert.Equal(1, await sweep);
        Assert.Null(await Store.GetAsync("TableU", Key("s")));
    }

    [Fact]
    public async Task A_sweep_ends_when_writes_have_stopped_and_what_was_due_is_due_still()
    {
        await PutAsync("s", Now);
        opened.Log.Fail(new IOException("the disk is gone"));
        await Assert.ThrowsAsync<LogPoisonedException>(() => Store.SweepExpiredAsync().AsTask());
        Assert.True(opened.Database.Sweep.NextSeconds <= Now);
    }

    [Fact]
    public async Task Closing_the_store_ends_a_sweep_and_there_is_none_afterwards()
    {
        await PutAsync("s", Now);
        opened.Log.HoldRoomAfter(0);
        var sweep = Store.SweepExpiredAsync().AsTask();
        await Store.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sweep);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Store.SweepExpiredAsync().AsTask());
    }

    /// <summary>Streams tell a removal by time to live from one by a user; B7 of the notes on DynamoDB.</summary>
    [Fact]
    public async Task The_change_says_that_the_item_expired_and_holds_what_it_was()
    {
        await opened.Database.UpdateTableAsync(
            Name, new TableChange { ChangesStream = true, Stream = StreamViewType.OldImage }, default);
        await PutAsync("s", Now);
        var item = await Store.GetAsync(Name, Key("s"));
        await Store.SweepExpiredAsync();

        var body = Convert.FromHexString(opened.Log.Records()[^1].Split(' ')[2]);
        var offset = 0;
        var change = Change.Read(body, ref offset);
        Assert.Equal(ChangeFlags.Expiry | ChangeFlags.Existed | ChangeFlags.OldImage, change.Flags);
        Assert.True(change.OldImage.SequenceEqual(item!.Encoded.Span));
        Assert.Equal(body.Length, offset);
    }

    [Fact]
    public async Task Sweeping_costs_what_expires_whatever_else_there_is()
    {
        var few = await WorkOfSweepAsync(items: 2_000, expiring: 200);
        var many = await WorkOfSweepAsync(items: 20_000, expiring: 200);

        Assert.Equal(201, few); // and the entry that ends it
        Assert.Equal(few, many);
    }

    [Fact]
    public async Task What_a_sweep_removed_is_passed_by_in_the_next()
    {
        await using var layered = new CheckpointedStore();
        await layered.Store.CreateTableAsync(OpenedStore.Definition(Name) with { TimeToLive = "T" });
        var now = layered.Opened.Time.GetUtcNow().ToUnixTimeSeconds();
        for (var i = 0; i < 300; i++)
        {
            await layered.Store.PutAsync(Name, Item.Of(("P", "p"), ("S", $"{i}"), ("T", now + i)));
        }

        layered.Checkpoint();
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(1, await layered.Store.SweepExpiredAsync());
            layered.Opened.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(300 + 299, layered.Opened.Database.Sweep.EntriesExamined);
        Assert.Equal(long.MaxValue, layered.Opened.Database.Sweep.NextSeconds);
    }

    [Fact]
    public async Task Switched_on_it_finds_the_items_there_are_while_writers_go_on()
    {
        await Store.CreateTableAsync(OpenedStore.Definition("TableU"));
        var at = Now + 1000;
        for (var i = 0; i < 300; i++)
        {
            await Store.PutAsync("TableU", Item.Of(("P", "p"), ("S", $"{i}"), ("T", at + (i % 3))));
        }

        await Store.UpdateTimeToLiveAsync("TableU", "T");
        await Task.WhenAll(Enumerable.Range(0, 2).Select(worker => Task.Run(async () =>
        {
            for (var i = worker; i < 300; i += 2)
            {
                await ((i % 5) switch
                {
                    0 => Store.DeleteAsync("TableU", Key($"{i}")).AsTask(),
                    1 => Store.PutAsync("TableU", Item.Of(("P", "p"), ("S", $"{i}"), ("T", at + 77))).AsTask(),
                    2 => Store.PutAsync("TableU", Key($"{i}")).AsTask(),
                    3 => Store.PutAsync("TableU", Item.Of(("P", "p"), ("S", $"new {i}"), ("T", at))).AsTask(),
                    _ => Task.CompletedTask,
                });
            }
        })));
        await opened.Database.WaitForBackfillsAsync(opened.Table("TableU"), default);

        var expected = new List<string>();
        await foreach (var item in Store.ScanAsync("TableU", new ScanOptions { Filter = "attribute_exists(T)" }))
        {
            expected.Add($"{item["T"].AsNumber()} {item["S"].AsString()}");
        }

        expected.Sort(StringComparer.Ordinal);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Entries("TableU"));
        Assert.Equal(expected.Count, opened.Table("TableU").Expiry!.Partitions.Count);
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
        opened.Time.Advance(TimeSpan.FromSeconds(1002));
        Assert.Equal(expected.Count(entry => !entry.StartsWith($"{at + 77}", StringComparison.Ordinal)), await Store.SweepExpiredAsync());
    }

    [Fact]
    public async Task An_index_being_filled_when_the_store_closed_is_filled_when_it_opens_again_and_only_then_swept()
    {
        await Store.CreateTableAsync(OpenedStore.Definition("TableU"));
        for (var i = 0; i < 100; i++)
        {
            await Store.PutAsync("TableU", Item.Of(("P", "p"), ("S", $"{i}"), ("T", Now)));
        }

        opened.Log.HoldRoomAfter(1);
        await Store.UpdateTimeToLiveAsync("TableU", "T");
        Assert.False(opened.Table("TableU").Expiry!.IsActive);
        Assert.Equal(0, await Store.SweepExpiredAsync());
        await Store.DisposeAsync();
        opened.Log.ReleaseRoom();

        await using var reopened = opened.Reopen();
        await reopened.Database.WaitForBackfillsAsync(reopened.Table("TableU"), default);
        Assert.True(reopened.Table("TableU").Expiry!.IsActive);
        Assert.Equal(100, await reopened.Store.SweepExpiredAsync());
    }

    [Fact]
    public async Task Switched_off_it_removes_nothing_and_by_another_attribute_what_that_says()
    {
        await Store.PutAsync(Name, Item.Of(("P", "p"), ("S", "a"), ("T", Now)));
        await Store.PutAsync(Name, Item.Of(("P", "p"), ("S", "b"), ("U", Now)));
        await Store.UpdateTimeToLiveAsync(Name, null);
        Assert.Null((await Store.FindTableAsync(Name))!.TimeToLive);
        Assert.Equal(0, await Store.SweepExpiredAsync());

        await Store.UpdateTimeToLiveAsync(Name, "U");
        await opened.Database.WaitForBackfillsAsync(opened.Table(Name), default);
        Assert.Equal("U", (await Store.FindTableAsync(Name))!.TimeToLive);
        Assert.Equal(1, await Store.SweepExpiredAsync());
        Assert.Equal(["a"], await SortKeysAsync());

        await Store.UpdateTimeToLiveAsync(Name, "T");
        await opened.Database.WaitForBackfillsAsync(opened.Table(Name), default);
        Assert.Equal(1, await Store.SweepExpiredAsync());
        await Store.DeleteTableAsync(Name);
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("256")]
    public async Task An_attribute_name_has_1_to_255_bytes(string name)
    {
        var attribute = name.Length == 0 ? name : new string('x', int.Parse(name, CultureInfo.InvariantCulture));
        var refused = await Assert.ThrowsAsync<DynamoDbException>(() => Store.UpdateTimeToLiveAsync(Name, attribute).AsTask());
        Assert.Equal("ValidationException", refused.ErrorType);
        Assert.Equal("T", (await Store.FindTableAsync(Name))!.TimeToLive);
        await Assert.ThrowsAsync<DynamoDbException>(
            () => Store.CreateTableAsync(OpenedStore.Definition("TableV") with { TimeToLive = attribute }).AsTask());
    }

    private ExpiryIndex Expiry => opened.Table(Name).Expiry!;

    private static Item Key(string sort) => OpenedStore.Key("p", sort);

    private async Task PutAsync(string sort, AttributeValue? expiry) => await Store.PutAsync(
        Name, expiry is { } value ? Item.Of(("P", "p"), ("S", sort), ("T", value)) : Key(sort));

    private async Task<List<string>> SortKeysAsync()
    {
        var keys = new List<string>();
        await foreach (var item in Store.ScanAsync(Name))
        {
            keys.Add(item["S"].AsString());
        }

        keys.Sort(StringComparer.Ordinal);
        return keys;
    }

    private List<string> Entries(string table = Name) => ExpiryEntries.Of(opened.Table(table));

    private int DeltasOfLastRecord()
    {
        var body = Convert.FromHexString(opened.Log.Records()[^1].Split(' ')[2]);
        var offset = 0;
        var change = Change.Read(body, ref offset);
        var count = 0;
        while (change.TryReadDelta(out _))
        {
            count++;
        }

        return count;
    }

    private static async Task<long> WorkOfSweepAsync(int items, int expiring)
    {
        var time = new FakeTimeProvider();
        await using var store = await Engine.Store.OpenAsync(new StoreOptions { Time = time, ExpirySweepPeriod = null });
        await store.CreateTableAsync(OpenedStore.Definition(Name) with { TimeToLive = "T" });
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        for (var i = 0; i < items; i++)
        {
            var expiry = i < expiring ? now + 10 : now + 1000 + i;
            await store.PutAsync(Name, Item.Of(("P", $"p{i % 7}"), ("S", $"{i}"), ("T", expiry)));
        }

        await store.SweepExpiredAsync();
        var before = store.Database.Sweep.EntriesExamined;
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(expiring, await store.SweepExpiredAsync());
        return store.Database.Sweep.EntriesExamined - before;
    }
}
