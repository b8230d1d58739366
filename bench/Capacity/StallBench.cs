using System.Diagnostics;
using System.Globalization;

namespace Storage.Bench.Capacity;

/// <summary>What a running checkpoint does to writers: their slowest puts in and out of checkpoints, and the freeze itself.</summary>
internal static class StallBench
{
    private const int WritersAtOnce = 64;

    // A checkpoint freezes memory and waits for the log before it creates its run, where counting begins.
    private static readonly long FreezeLead = Stopwatch.Frequency / 20;

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var seconds = Math.Max(1, arguments.Number("--seconds", 20, 600));
        var items = Math.Max(1, arguments.Number("--items", 500_000, 100_000_000));
        var memory = StoreUnderTest.MemoryBytes(arguments, 64L << 20);
        var samples = new SampleItems(1024);
        using var scratch = new ScratchDirectory(arguments.Text("--data"));
        StoreUnderTest.DemandRoom(scratch.FullPath, (long)items * samples.ItemBytes * 3);
        var report = new Report(
            $"Puts of {samples.ItemBytes} bytes by {WritersAtOnce} writers for {seconds} s, {ByteText.Megabytes(memory)} MB of memory",
            scratch.FullPath, "Puts", "Count", "p50 ms", "p99 ms", "p99.9 ms", "worst ms");
        await using var under = await StoreUnderTest.OpenAsync(scratch.File("store"), memory);
        await under.Store.CreateTableAsync(samples.Definition);
        var end = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
        var step = 0L;
        var parts = await Task.WhenAll(Enumerable.Range(0, WritersAtOnce).Select(_ => Task.Run(async () =>
        {
            var puts = new List<(long Start, long End)>();
            for (var now = Stopwatch.GetTimestamp(); now < end;)
            {
                var number = Interlocked.Increment(ref step);
                var item = samples.Of(Scatter.Of(number, items), (int)number);
                var start = Stopwatch.GetTimestamp();
                await under.Store.PutAsync(SampleItems.Table, item);
                now = Stopwatch.GetTimestamp();
                puts.Add((start, now));
            }

            return puts;
        })));
        var created = under.Files.Checkpoints;
        var checkpoints = created.Select(checkpoint => (Start: checkpoint.Start - FreezeLead, checkpoint.End)).ToArray();
        Add("while a checkpoint runs", put => IsDuring(checkpoints, put));
        Add("otherwise", put => !IsDuring(checkpoints, put));
        Add("all", _ => true);
        var spans = created.Select(checkpoint => Stopwatch.GetElapsedTime(checkpoint.Start, checkpoint.End).TotalMilliseconds).ToArray();
        report.Line(
            $"{spans.Length} checkpoints, each {Milliseconds(spans.DefaultIfEmpty().Average())} ms from its run's creation to its manifest, "
            + $"{Milliseconds(spans.DefaultIfEmpty().Max())} at most; writers were held for "
            + $"{Milliseconds(under.Store.Checkpointer!.LongestFreeze.TotalMilliseconds)} ms at most.");
        report.Finish("stall", arguments.Has("--save"));
        return 0;

        void Add(string name, Func<(long Start, long End), bool> counts)
        {
            var ticks = parts.SelectMany(part => part).Where(counts).Select(put => put.End - put.Start).ToArray();
            Array.Sort(ticks);
            report.Row(
                name, StoreUnderTest.Count(ticks.Length), Percentile(ticks, 0.5), Percentile(ticks, 0.99), Percentile(ticks, 0.999), Percentile(ticks, 1));
        }
    }

    /// <summary>True when a put and a checkpoint had a moment in common. Checkpoints are in order and do not overlap.</summary>
    private static bool IsDuring((long Start, long End)[] checkpoints, (long Start, long End) put)
    {
        var (low, high) = (0, checkpoints.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = checkpoints[middle].End < put.Start ? (middle + 1, high) : (low, middle);
        }

        return low < checkpoints.Length && checkpoints[low].Start <= put.End;
    }

    private static string Percentile(long[] sorted, double share) => sorted.Length == 0
        ? "" : Milliseconds(sorted[(int)Math.Ceiling((sorted.Length - 1) * share)] * 1000.0 / Stopwatch.Frequency);

    private static string Milliseconds(double milliseconds) => milliseconds.ToString("N2", CultureInfo.InvariantCulture);
}
