using Storage.Engine.Encoding;

namespace Storage.Engine.Partitions;

/// <summary>The keys that a walk wants, low &lt;= key &lt; high, and the way it goes. An empty high is unbounded.</summary>
internal sealed class RunRange
{
    private readonly KeyBuffer low = new();
    private readonly KeyBuffer high = new();

    internal ReadOnlySpan<byte> Low => low.Span;

    internal ReadOnlySpan<byte> High => high.Span;

    internal bool Ascending { get; private set; }

    /// <summary>True when every key in the range begins with the same <see cref="RunFilter.PrefixBytes"/>.</summary>
    internal bool HasPrefix { get; private set; }

    /// <summary>The hash of that beginning, by which a filter can be asked.</summary>
    internal ulong PrefixHash { get; private set; }

    internal uint FirstTableId => RunTableStatistics.IdOf(Low);

    /// <summary>The greatest id a key in the range may have; that of a bound that is no more than an id is excluded.</summary>
    internal uint LastTableId =>
        High.IsEmpty ? uint.MaxValue
        : High.Length == RunTableStatistics.IdBytes && High[^1] != 0 ? RunTableStatistics.IdOf(High) - 1
        : RunTableStatistics.IdOf(High);

    internal void Set(ReadOnlySpan<byte> lowKey, ReadOnlySpan<byte> highKey, bool ascending)
    {
        low.CopyFrom(lowKey);
        high.CopyFrom(highKey);
        Ascending = ascending;

        // A key between two that begin alike begins so too.
        HasPrefix = lowKey.Length >= RunFilter.PrefixBytes
            && highKey.StartsWith(lowKey[..RunFilter.PrefixBytes]);
        PrefixHash = HasPrefix ? RunFilter.HashOf(lowKey[..RunFilter.PrefixBytes]) : 0;
    }
}
