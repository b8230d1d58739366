namespace Storage.Bench.Capacity;

/// <summary>Numbers that look random and are the same in every run.</summary>
internal static class Scatter
{
    /// <summary>The step-th number, uniform below a bound.</summary>
    internal static int Of(long step, int below)
    {
        // SplitMix64, a public-domain generator: a bijection of the step, so no step repeats another's bits.
        var mixed = (ulong)step * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)Math.BigMul(mixed ^ (mixed >> 31), (ulong)below, out _);
    }
}
