namespace Storage.Engine.Model;

/// <summary>What a store holds and what it takes, in numbers.</summary>
public sealed record StoreStatistics
{
    /// <summary>Tables by name.</summary>
    public required IReadOnlyList<TableStatistics> Tables { get; init; }

    /// <summary>Runs by level, lowest first.</summary>
    public required IReadOnlyList<RunLevelStatistics> RunLevels { get; init; }

    /// <summary>LSN of the last record.</summary>
    public long LastLsn { get; init; }

    /// <summary>LSN of the checkpoint; the log behind it is replayed when the store opens.</summary>
    public long CheckpointLsn { get; init; }

    /// <summary>Segment files of the log.</summary>
    public int SegmentCount { get; init; }

    /// <summary>Bytes of the segment files.</summary>
    public long LogBytes { get; init; }

    /// <summary>Files of past changes.</summary>
    public int HistoryCount { get; init; }

    /// <summary>Bytes of the history files.</summary>
    public long HistoryBytes { get; init; }

    /// <summary>Memory that the changes since the checkpoint take, bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Memory that blocks of runs take, bytes; 0 for a store that is not open.</summary>
    public long CacheBytes { get; init; }
}

/// <summary>What a table, or one of its indexes, holds and takes.</summary>
/// <param name="Name">The table's or index's name.</param>
/// <param name="ItemCount">Items, or entries of an index.</param>
/// <param name="SizeBytes">DynamoDB's size of them.</param>
/// <param name="RunBytes">Bytes of keys and values in runs, those that newer ones supersede included.</param>
/// <param name="RunEntryCount">Entries in runs, removals included.</param>
/// <param name="RunRemovalCount">Entries in runs that only say that a key is gone; merging does away with them.</param>
/// <param name="Indexes">Of a table its indexes; of an index none.</param>
public sealed record TableStatistics(
    string Name, long ItemCount, long SizeBytes, long RunBytes, long RunEntryCount, long RunRemovalCount,
    IReadOnlyList<TableStatistics> Indexes);

/// <summary>Runs of one level.</summary>
/// <param name="Level">0 from a checkpoint, one more with every merge.</param>
/// <param name="RunCount">Runs.</param>
/// <param name="Bytes">Of their files.</param>
public sealed record RunLevelStatistics(int Level, int RunCount, long Bytes);
