namespace Storage.Simulation.Bugs;

/// <summary>
/// Mistakes that a store could make with its files. They are made between the store and the device, so that the product
/// has no switches for them; a rig that misses one of them proves nothing.
/// </summary>
internal enum PlantedBug : byte
{
    /// <summary>The log is never synced.</summary>
    LogSyncLeftOut,

    /// <summary>The directory is not synced when a new segment is made.</summary>
    SegmentNameSyncLeftOut,

    /// <summary>A commit is answered before its sync: the sync comes with the next write.</summary>
    AnswerBeforeSync,

    /// <summary>A sync that failed is taken for one that succeeded.</summary>
    FailedSyncTakenForSuccess,

    /// <summary>What lies behind the end of the log is not overwritten when the log is opened.</summary>
    TailNotCut,

    /// <summary>A record's payload is not compared with its checksum.</summary>
    RecordChecksumUnchecked,

    /// <summary>A run is not synced before the manifest names it.</summary>
    RunSyncLeftOut,

    /// <summary>A manifest takes its place before it is synced.</summary>
    ManifestRenamedBeforeSync,

    /// <summary>The directory is not synced after the manifest took its place, and the log is trimmed.</summary>
    ManifestNameSyncLeftOut,

    /// <summary>A block of a run is not compared with its checksum.</summary>
    BlockChecksumUnchecked,
}
