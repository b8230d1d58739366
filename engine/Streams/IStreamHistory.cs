using Storage.Engine.Log;
using Storage.Engine.Partitions;

namespace Storage.Engine.Streams;

/// <summary>The history files of an open store, which checkpoints add to and merges replace while they are read.</summary>
internal interface IStreamHistory
{
    /// <summary>The place in the log up to which the files have all changes; the log is trimmed up to there.</summary>
    LogPosition Checkpoint { get; }

    /// <summary>No change up to this LSN may be missed any more: files with such changes were let go of.</summary>
    long TrimmedLsn { get; }

    /// <summary>The files as they are together; the caller releases them. They have all up to their CheckpointLsn.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    RunSet Acquire();
}
