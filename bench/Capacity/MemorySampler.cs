using System.Diagnostics;
using System.Globalization;

namespace Storage.Bench.Capacity;

/// <summary>Resident memory of this process once a second until disposed, printed as it goes.</summary>
internal sealed class MemorySampler : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource end = new();
    private readonly List<long> megabytes = [];
    private readonly Task loop;
    private long highest;

    internal MemorySampler() => loop = Task.Run(LoopAsync);

    /// <summary>What the process is doing, for the line that is printed.</summary>
    internal string Phase { get; set; } = "";

    /// <summary>All samples, megabytes.</summary>
    internal string Timeline
    {
        get
        {
            lock (megabytes)
            {
                return string.Join(' ', megabytes);
            }
        }
    }

    /// <summary>The highest sample since last asked, the present one included, bytes.</summary>
    internal long TakeHighest()
    {
        var now = ProcessMemory.Resident().Now;
        return Math.Max(now, Interlocked.Exchange(ref highest, 0));
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await loop;
        end.Dispose();
    }

    /// <summary>What the garbage collector holds, and what was alive in it when it last looked.</summary>
    private static string GarbageCollected()
    {
        var info = GC.GetGCMemoryInfo(GCKind.Any);
        var generations = info.GenerationInfo.ToArray().Select(generation => generation.SizeAfterBytes >> 20).ToArray();
        return $"GC committed {info.TotalCommittedBytes >> 20,6} MB; after the last collection, generations {generations[0]}+{generations[1]}"
            + $"+{generations[2]}, large objects {generations[3]}, pinned {generations[4]} MB";
    }

    private async Task LoopAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (!end.IsCancellationRequested)
        {
            var (now, most) = ProcessMemory.Resident();
            lock (megabytes)
            {
                megabytes.Add(now >> 20);
            }

            highest = Math.Max(highest, now);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds.ToString("F0", CultureInfo.InvariantCulture);
            Console.WriteLine(
                $"{seconds,4} s {Phase,-24} VmRSS {now >> 20,6} MB  VmHWM {most >> 20,6} MB  {GarbageCollected()}");
            await Task.Delay(Interval, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
