using System.Diagnostics;

namespace Storage.Bench.Embedded;

/// <summary>Workers that call an operation again as soon as it has answered, for a bounded time.</summary>
internal static class ClosedLoop
{
    // A timestamp costs some 25 ns, so operations of a microsecond are timed now and then; waits for a disk always.
    private const int TimedEvery = 8;

    /// <summary>Runs the operation; it gets the worker's number and a count that rises by one.</summary>
    internal static async Task<LoopResult> RunAsync(int workers, TimeSpan duration, Func<int, int, ValueTask> operation)
    {
        await MeasureAsync(workers, duration / 3, operation); // until the runtime has compiled it well
        GC.Collect();
        return await MeasureAsync(workers, duration, operation);
    }

    private static async Task<LoopResult> MeasureAsync(int workers, TimeSpan duration, Func<int, int, ValueTask> operation)
    {
        var allocated = GC.GetTotalAllocatedBytes(true);
        var started = Stopwatch.GetTimestamp();
        var end = started + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var tasks = Enumerable.Range(0, workers).Select(worker => Task.Run(() => WorkAsync(worker, end, operation))).ToArray();
        var parts = await Task.WhenAll(tasks);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var count = parts.Sum(part => part.Count);
        var latencies = new Latencies();
        foreach (var part in parts)
        {
            latencies.Add(part.Latencies);
        }

        return new LoopResult(
            count / seconds,
            latencies.PercentileUs(50),
            latencies.PercentileUs(99),
            (GC.GetTotalAllocatedBytes(true) - allocated) / Math.Max(1, count));
    }

    private static async Task<(long Count, Latencies Latencies)> WorkAsync(
        int worker, long end, Func<int, int, ValueTask> operation)
    {
        var latencies = new Latencies();
        var count = 0;
        while (true)
        {
            var before = Stopwatch.GetTimestamp();
            if (before >= end)
            {
                return (count, latencies);
            }

            await operation(worker, count++);
            latencies.Add(Stopwatch.GetTimestamp() - before);
            for (var i = 1; i < TimedEvery; i++)
            {
                await operation(worker, count++);
            }
        }
    }
}

/// <summary>What a loop saw.</summary>
/// <param name="PerSecond">Operations per second of all workers.</param>
/// <param name="P50Us">Median, microseconds.</param>
/// <param name="P99Us">99th percentile, microseconds.</param>
/// <param name="AllocatedBytes">Garbage made for each operation, bytes, all threads of the process.</param>
internal readonly record struct LoopResult(double PerSecond, double P50Us, double P99Us, long AllocatedBytes);
