using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Recovery;

namespace Storage.Engine;

/// <summary>How a <see cref="Store"/> is opened.</summary>
public sealed class StoreOptions
{
    internal const int InitialPartitionsMax = 256;

    /// <summary>The smallest <see cref="MemoryBytes"/>.</summary>
    public const long MemoryBytesMin = CheckpointOptions.MemoryBytesMin;

    private const long MemoryBytesDefaultMax = 4L * 1024 * 1024 * 1024;

    /// <summary>Directory that holds the store; created when missing. Null means memory only: nothing survives the process.</summary>
    public string? Directory { get; init; }

    /// <summary>AWS Region named in ARNs.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Twelve-digit AWS account named in ARNs.</summary>
    public string AccountId { get; init; } = "123456789012";

    /// <summary>The store's clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Seed of everything random in the store (table ids); null draws one from the system.</summary>
    public int? Seed { get; init; }

    /// <summary>Partitions a new table starts with, 1 to 256. Default: the processors, at most 16.</summary>
    public int InitialPartitions { get; init; } =
        (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 1, 16));

    /// <summary>
    /// Memory for what is kept of a store on disk, bytes, at least 16 MB: changes not yet written to runs, and blocks of
    /// runs. The rest of the process comes on top, and of tables with a stream the newest changes: a sixteenth of this, at
    /// most 32 MB. Default: a quarter of the machine's memory, at most 4 GB. A store in memory only is not bounded but for its
    /// streams, which keep 64 MB of changes.
    /// </summary>
    public long MemoryBytes { get; init; } = Math.Clamp(
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, MemoryBytesMin, MemoryBytesDefaultMax);

    /// <summary>
    /// Least time between two sweeps that remove what has expired in tables with time to live; a sweep runs only when
    /// something is due, by the store's clock. Null: none in the background, see <see cref="Store.SweepExpiredAsync"/>.
    /// Default: one second.
    /// </summary>
    public TimeSpan? ExpirySweepPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The files of the store in tests; null opens <see cref="Directory"/> on disk.</summary>
    internal IStoreFiles? Files { get; init; }

    /// <summary>Sizes of a new log in tests.</summary>
    internal LogOptions? Log { get; init; }

    /// <summary>When checkpoints happen in tests; null follows <see cref="MemoryBytes"/>.</summary>
    internal CheckpointOptions? Checkpoints { get; init; }
}
