using System.Diagnostics;
using Storage.Engine;

namespace Storage.Bench.Capacity;

/// <summary>What removing expired items costs in a table of which most stays: first in a tenth of it, then in all.</summary>
internal static class ExpiryBench
{
    private const int WritersAtOnce = 64;
    private const int ItemBytes = 200;
    private const string Attribute = "expires";

    /// <summary>What stays has an entry in the expiry index too, up to this much later.</summary>
    private const int StaysSecondsMax = 10_000_000;

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var items = Math.Max(10, arguments.Number("--items", 1_000_000, 100_000_000));
        var expiring = Math.Clamp(arguments.Number("--expiring", 10_000, items / 10), 1, items / 10);
        var memory = StoreUnderTest.MemoryBytes(arguments);
        using var scratch = new ScratchDirectory(arguments.Text("--data"));
        StoreUnderTest.DemandRoom(scratch.FullPath, (long)items * ItemBytes * 2);
        var report = new Report(
            $"Time to live: {StoreUnderTest.Count(expiring)} items expire, {ByteText.Megabytes(memory)} MB of memory",
            scratch.FullPath,
            "Items", "Puts/s", "Expired", "Entries examined", "Sweep s", "Removed/s", "Entries of the next sweep", "Next sweep ms");
        foreach (var count in (int[])[items / 10, items])
        {
            await AddAsync(report, scratch.File($"{count}"), memory, count, expiring);
        }

        report.Line("All items have an entry in the expiry index, and everything lies in runs when the sweep begins.");
        report.Finish("expiry", arguments.Has("--save"));
        return 0;
    }

    private static async Task AddAsync(Report report, string directory, long memoryBytes, int items, int expiring)
    {
        await using var store = await Storage.Engine.Store.OpenAsync(new StoreOptions
        {
            Directory = directory,
            MemoryBytes = memoryBytes,
            Seed = 1,
            ExpirySweepPeriod = null,
        });
        var samples = new SampleItems(ItemBytes);
        await store.CreateTableAsync(samples.Definition with { TimeToLive = Attribute });
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var every = items / expiring;
        var put = await Workers.RunAsync(WritersAtOnce, items, async number =>
        {
            var expires = number % every == 0 && number / every < expiring ? now - (number % 1000) : now + 1000 + (number % StaysSecondsMax);
            var item = samples.Of((int)number, 0);
            await store.PutAsync(SampleItems.Table, Item.Of(("pk", item["pk"]), ("d", item["d"]), (Attribute, expires)));
        });
        await store.Checkpointer!.CheckpointAsync(CancellationToken.None);
        var (removed, examined, took) = await SweepAsync(store);
        if (removed != expiring || store.Database.Catalog.Find(SampleItems.Table)!.ItemCount != items - expiring)
        {
            throw new InvalidOperationException($"{removed} items were removed, not {expiring}.");
        }

        var (_, idleExamined, idleTook) = await SweepAsync(store);
        report.Row(
            StoreUnderTest.Count(items),
            StoreUnderTest.Count(items / put.TotalSeconds),
            StoreUnderTest.Count(removed),
            StoreUnderTest.Count(examined),
            StoreUnderTest.Fraction(took.TotalSeconds),
            StoreUnderTest.Count(removed / took.TotalSeconds),
            StoreUnderTest.Count(idleExamined),
            StoreUnderTest.Fraction(idleTook.TotalMilliseconds));
        Console.WriteLine($"{StoreUnderTest.Count(items)} items: {examined} entries examined, {StoreUnderTest.Fraction(took.TotalSeconds)} s");
    }

    private static async Task<(long Removed, long Examined, TimeSpan Took)> SweepAsync(Storage.Engine.Store store)
    {
        var before = store.Database.Sweep.EntriesExamined;
        var started = Stopwatch.GetTimestamp();
        var removed = await store.SweepExpiredAsync();
        return (removed, store.Database.Sweep.EntriesExamined - before, Stopwatch.GetElapsedTime(started));
    }
}
