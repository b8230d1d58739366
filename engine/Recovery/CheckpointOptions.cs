using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Recovery;

/// <summary>When checkpoints and merges happen, and how memory is divided.</summary>
internal sealed record CheckpointOptions
{
    /// <summary>Smallest budget that works at all, bytes.</summary>
    internal const long MemoryBytesMin = 16 * 1024 * 1024;

    private const long SortedMemoryBytesMax = 256 * 1024 * 1024;
    private const long StreamTailBytesMax = 32 * 1024 * 1024;

    /// <summary>A checkpoint is made when active sorted memory takes this many bytes.</summary>
    internal long CheckpointMemoryBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Writers wait while active sorted memory takes this many bytes.</summary>
    internal long MemoryBytesMax { get; init; } = 96 * 1024 * 1024;

    /// <summary>Memory of the block cache, bytes.</summary>
    internal long CacheBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>A checkpoint is made when this many bytes of log would have to be replayed.</summary>
    internal long CheckpointLogBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>So many neighbouring runs of one level are merged to one of the next. Figures: docs/decisions/0004.</summary>
    internal int MergeRuns { get; init; } = 8;

    /// <summary>Checkpoints wait for merges while there are more runs of level 0 than this.</summary>
    internal int FreshRunsMax { get; init; } = 32;

    /// <summary>Sizes of the blocks of new runs.</summary>
    internal RunLayout Layout { get; init; } = RunLayout.Standard;

    /// <summary>Newest changes of tables with a stream that stay in memory, bytes; older ones are read from the files.</summary>
    internal long StreamTailBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long past changes are kept for streams.</summary>
    internal TimeSpan HistoryLife { get; init; } = Limits.StreamRecordLife;

    /// <summary>How long a failed checkpoint or merge rests before it is tried again.</summary>
    internal TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>False: checkpoints and merges happen only when asked for, so that a test decides when.</summary>
    internal bool InBackground { get; init; } = true;

    /// <summary>
    /// Divides a budget: what is being written out and what is written meanwhile take at most three quarters, blocks of
    /// runs the rest. Sorted memory needs no more than the log's tail, so a large budget goes to the blocks. Changes of
    /// streams come on top: a store without streams has the whole budget.
    /// </summary>
    internal static CheckpointOptions For(long memoryBytes)
    {
        var sorted = Math.Min(memoryBytes / 8 * 3, SortedMemoryBytesMax);
        return new CheckpointOptions
        {
            CheckpointMemoryBytes = sorted / 3 * 2,
            MemoryBytesMax = sorted,
            CacheBytes = memoryBytes - (2 * sorted),
            StreamTailBytes = Math.Min(memoryBytes / 16, StreamTailBytesMax),
        };
    }
}
