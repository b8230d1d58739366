namespace Storage.Bench.Capacity;

/// <summary>What the files of a store are for.</summary>
internal enum FileKind
{
    Log,

    /// <summary>Zeros written ahead of the log's records.</summary>
    LogZeros,

    Run,
    History,
    Manifest,
    Other,
}
