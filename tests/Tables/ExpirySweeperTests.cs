using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>The sweeper in the background, on a clock that moves when told.</summary>
public sealed class ExpirySweeperTests : IAsyncLifetime
{
    private const string Name = "TableT";

    /// <summary>Ends a test that would wait for ever; no test depends on how long anything takes.</summary>
    private static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero));
    private Engine.Store store = null!;

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    public async Task InitializeAsync()
    {
        store = await Engine.Store.OpenAsync(new StoreOptions { Time = time });
        await store.CreateTableAsync(OpenedStore.Definition(Name) with { TimeToLive = "T" });
        await store.SweepExpiredAsync(); // the first: from now on only what is written tells when to sweep
    }

    public async Task DisposeAsync() => await store.DisposeAsync();

    [Fact]
    public async Task An_item_goes_once_it_is_due_and_others_stay()
    {
        await PutAsync("soon", Now + 10);
        await PutAsync("late", Now + 1_000_000);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.NotNull(await GetAsync("soon"));
        time.Advance(TimeSpan.FromSeconds(1));
        await GoneAsync("soon");
        Assert.NotNull(await GetAsync("late"));
    }

    [Fact]
    public async Task What_expires_before_what_is_waited_for_is_not_late()
    {
        await PutAsync("late", Now + 1_000_000);
        await PutAsync("soon", Now + 30);
        await PutAsync("sooner", Now + 20);
        time.Advance(TimeSpan.FromSeconds(20));
        await GoneAsync("sooner");
        time.Advance(TimeSpan.FromSeconds(10));
        await GoneAsync("soon");
        Assert.NotNull(await GetAsync("late"));
    }

    [Fact]
    public async Task What_has_expired_when_it_is_written_goes_with_the_next_sweep()
    {
        await PutAsync("first", Now);
        await GoneAsync("first");
        await PutAsync("second", Now);
        await GoneAsync("second", TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Time_to_live_that_is_switched_on_removes_what_was_there()
    {
        await store.CreateTableAsync(OpenedStore.Definition("TableU"));
        await store.PutAsync("TableU", Item.Of(("P", "p"), ("S", "s"), ("T", Now - 1)));
        await store.UpdateTimeToLiveAsync("TableU", "T");
        await GoneAsync("s", TimeSpan.FromSeconds(1), "TableU");
    }

    [Fact]
    public async Task A_store_without_a_period_sweeps_only_when_told()
    {
        await using var still = await Engine.Store.OpenAsync(new StoreOptions { Time = time, ExpirySweepPeriod = null });
        await still.CreateTableAsync(OpenedStore.Definition(Name) with { TimeToLive = "T" });
        await still.PutAsync(Name, Item.Of(("P", "p"), ("S", "s"), ("T", Now)));
        await PutAsync("s", Now);
        await GoneAsync("s"); // in the other store, of the same clock
        Assert.NotNull(await still.GetAsync(Name, OpenedStore.Key("p", "s")));
        Assert.Equal(1, await still.SweepExpiredAsync());
    }

    [Fact]
    public async Task A_negative_period_is_refused() => await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
        async () => await Engine.Store.OpenAsync(new StoreOptions { ExpirySweepPeriod = TimeSpan.FromSeconds(-5) }));

    [Fact]
    public async Task Many_sweeps_beside_many_writers_remove_each_item_once()
    {
        long swept = 0;
        var writing = Task.WhenAll(Enumerable.Range(0, 3).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 400; i++)
            {
                await PutAsync($"{worker} {i}", Now - 1);
            }
        })));
        while (!writing.IsCompleted)
        {
            swept += await store.SweepExpiredAsync();
        }

        await writing;
        swept += await store.SweepExpiredAsync();
        Assert.InRange(swept, 0, 1200); // the sweeper in the background has the rest
        Assert.Equal(0, store.Database.Catalog.Find(Name)!.ItemCount);
        Assert.Empty(ExpiryEntries.Of(store.Database.Catalog.Find(Name)!));
    }

    private async Task PutAsync(string sort, long expiry) =>
        await store.PutAsync(Name, Item.Of(("P", "p"), ("S", sort), ("T", expiry)));

    private async Task<Item?> GetAsync(string sort, string table = Name) => await store.GetAsync(table, OpenedStore.Key("p", sort));

    /// <summary>Completes when the item is gone; the clock moves by that much between two looks.</summary>
    private async Task GoneAsync(string sort, TimeSpan step = default, string table = Name)
    {
        using var guard = new CancellationTokenSource(HangGuard);
        while (await GetAsync(sort, table) is not null)
        {
            guard.Token.ThrowIfCancellationRequested();
            time.Advance(step);
            await Task.Yield();
        }
    }
}
