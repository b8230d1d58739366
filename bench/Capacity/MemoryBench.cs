using System.Globalization;
using Storage.Engine;

namespace Storage.Bench.Capacity;

/// <summary>
/// A table four times the store's memory: loaded, overwritten in part, read in every way, each answer checked byte by
/// byte, beside the memory the process took.
/// </summary>
internal static class MemoryBench
{
    private const int WritersAtOnce = 64;
    private const int ReadersAtOnce = 8;

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var memory = StoreUnderTest.MemoryBytes(arguments, 128L << 20);
        var samples = new SampleItems(1024, hasSortKey: true);
        var collections = (int)Math.Min(4 * memory / samples.ItemBytes / SampleItems.CollectionItems, 10_000_000);
        using var scratch = new ScratchDirectory(arguments.Text("--data"));
        StoreUnderTest.DemandRoom(scratch.FullPath, 8 * memory);
        var run = new Run(samples, collections, scratch.File("store"), memory);
        var report = new Report(
            $"{StoreUnderTest.Count(run.Items)} items of {samples.ItemBytes} bytes ({ByteText.Megabytes((long)run.Items * samples.ItemBytes)} MB) "
            + $"in {ByteText.Megabytes(memory)} MB of memory",
            scratch.FullPath,
            "Phase", "Items/s", "VmRSS MB at most", "VmHWM MB", "Reads of runs", "MB read", "follow the last %", "or by 128 KB %");
        await run.RunAsync(report, Math.Max(1, arguments.Number("--reads", 200_000, 100_000_000)));
        report.Finish("memory", arguments.Has("--save"));
        return 0;
    }

    private sealed class Run(SampleItems samples, int collections, string directory, long memory)
    {
        private readonly int[] versions = new int[collections * SampleItems.CollectionItems];

        internal int Items => versions.Length;

        internal async Task RunAsync(Report report, int reads)
        {
            await using var sampler = new MemorySampler();
            sampler.Phase = "before opening";
            var baseline = ProcessMemory.Resident().Now;
            await using (var under = await StoreUnderTest.OpenAsync(directory, memory))
            {
                var store = under.Store;
                await store.CreateTableAsync(samples.Definition);
                await PhaseAsync("load", under, Items, () => Workers.RunAsync(
                    WritersAtOnce, Items, async number => await store.PutAsync(SampleItems.Table, samples.Of((int)number, 0))));
                await PhaseAsync("overwrite a quarter", under, Items / 4, () => Workers.RunAsync(
                    WritersAtOnce, Items / 4, async step => await OverwriteAsync(store, (int)(step * 4), 1)));
                await PhaseAsync("gets", under, reads, () => Workers.RunAsync(ReadersAtOnce, reads, async step =>
                {
                    var number = Scatter.Of(step, Items);
                    samples.Check(await store.GetAsync(SampleItems.Table, samples.Key(number)), number, versions[number]);
                }));
                var queries = Math.Max(1, reads / SampleItems.CollectionItems);
                await PhaseAsync("queries", under, queries * SampleItems.CollectionItems, () => Workers.RunAsync(
                    ReadersAtOnce, queries, step => QueryAsync(store, Scatter.Of(step, collections), step % 2 == 1)));
                await PhaseAsync("scan", under, Items, () => Workers.RunAsync(1, 1, _ => ScanAsync(store)));
                await PhaseAsync("gets and puts", under, reads, () => Workers.RunAsync(WritersAtOnce, reads, async step =>
                {
                    // Each step has a number of its own, so that nobody overwrites what another one checks.
                    var number = (int)(step % Items);
                    samples.Check(await store.GetAsync(SampleItems.Table, samples.Key(number)), number, versions[number]);
                    await OverwriteAsync(store, number, versions[number] + 1);
                }));
            }

            PageCache.Drop(directory);
            await using (var under = await StoreUnderTest.OpenAsync(directory, memory))
            {
                await PhaseAsync("reopened, scan from disk", under, Items, () => Workers.RunAsync(1, 1, _ => ScanAsync(under.Store)));
            }

            report.Line(
                $"The process before the store was opened: {ByteText.Megabytes(baseline)} MB, the bench's own versions of items "
                + $"({ByteText.Megabytes(Items * 4L)} MB) on top. Budget of the store: {ByteText.Megabytes(memory)} MB. "
                + $"Garbage collections of generations 0, 1, 2: {GC.CollectionCount(0)}, {GC.CollectionCount(1)}, {GC.CollectionCount(2)}.");
            report.Line($"VmRSS each second, MB: {sampler.Timeline}");

            async Task PhaseAsync(string name, StoreUnderTest under, long items, Func<Task<TimeSpan>> phase)
            {
                sampler.Phase = name;
                sampler.TakeHighest();
                under.Files.RunReads.Take();
                var took = await phase();
                var (count, bytes, next, near) = under.Files.RunReads.Take();
                report.Row(
                    name,
                    StoreUnderTest.Count(items / took.TotalSeconds),
                    ByteText.Megabytes(sampler.TakeHighest()),
                    ByteText.Megabytes(ProcessMemory.Resident().Highest),
                    StoreUnderTest.Count(count),
                    ByteText.Megabytes(bytes),
                    (next * 100).ToString("F1", CultureInfo.InvariantCulture),
                    (near * 100).ToString("F1", CultureInfo.InvariantCulture));
            }
        }

        private async ValueTask OverwriteAsync(Storage.Engine.Store store, int number, int version)
        {
            await store.PutAsync(SampleItems.Table, samples.Of(number, version));
            versions[number] = version;
        }

        private async ValueTask QueryAsync(Storage.Engine.Store store, int collection, bool descending)
        {
            var options = new QueryOptions
            {
                KeyCondition = "pk = :p",
                Values = Item.Of((":p", SampleItems.Collection(collection))),
                Descending = descending,
            };
            var seen = 0;
            await foreach (var item in store.QueryAsync(SampleItems.Table, options))
            {
                var place = descending ? SampleItems.CollectionItems - 1 - seen : seen;
                var number = (collection * SampleItems.CollectionItems) + place;
                samples.Check(item, number, versions[number]);
                seen++;
            }

            Demand(seen, SampleItems.CollectionItems);
        }

        private async ValueTask ScanAsync(Storage.Engine.Store store)
        {
            var seen = new bool[Items];
            var count = 0;
            await foreach (var item in store.ScanAsync(SampleItems.Table))
            {
                var number = samples.NumberOf(item);
                samples.Check(item, number, versions[number]);
                count += seen[number] ? 0 : 1;
                seen[number] = true;
            }

            Demand(count, Items);
        }

        private static void Demand(int seen, int expected)
        {
            if (seen != expected)
            {
                throw new InvalidOperationException($"{seen} items came where {expected} are.");
            }
        }
    }
}
