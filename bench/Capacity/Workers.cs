using System.Diagnostics;

namespace Storage.Bench.Capacity;

/// <summary>Calls of an operation for each number below a count, so many at once.</summary>
internal static class Workers
{
    internal static async Task<TimeSpan> RunAsync(int workers, long count, Func<long, ValueTask> operation)
    {
        var started = Stopwatch.GetTimestamp();
        var next = -1L;
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(async () =>
        {
            for (var number = Interlocked.Increment(ref next); number < count; number = Interlocked.Increment(ref next))
            {
                await operation(number);
            }
        })));
        return Stopwatch.GetElapsedTime(started);
    }
}
