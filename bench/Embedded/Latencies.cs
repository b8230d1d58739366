using System.Diagnostics;
using System.Numerics;

namespace Storage.Bench.Embedded;

/// <summary>Durations of one worker in buckets a sixteenth apart. Not synchronised; added together after the run.</summary>
internal sealed class Latencies
{
    private const int Bits = 4;

    private readonly long[] counts = new long[64 << Bits];

    internal void Add(long ticks) => counts[BucketOf((ulong)Math.Max(ticks, 1))]++;

    internal void Add(Latencies other)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] += other.counts[i];
        }
    }

    /// <summary>The duration that a share of all did not exceed, microseconds.</summary>
    internal double PercentileUs(double percent)
    {
        var left = (long)Math.Ceiling(counts.Sum() * percent / 100);
        for (var i = 0; i < counts.Length; i++)
        {
            left -= counts[i];
            if (left <= 0)
            {
                return UpperEndOf(i) * 1e6 / Stopwatch.Frequency;
            }
        }

        return 0;
    }

    private static int BucketOf(ulong ticks)
    {
        var power = BitOperations.Log2(ticks);
        return power <= Bits ? (int)ticks : ((power - Bits) << Bits) + (int)(ticks >> (power - Bits));
    }

    private static double UpperEndOf(int bucket)
    {
        var shift = Math.Max(0, (bucket >> Bits) - 1);
        return ((double)(bucket - (shift << Bits)) + 1) * Math.Pow(2, shift);
    }
}
