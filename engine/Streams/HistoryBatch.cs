namespace Storage.Engine.Streams;

/// <summary>Changes for one history file, in key order; valid during the call that gets it.</summary>
internal readonly record struct HistoryBatch(
    IReadOnlyList<(byte[] Key, byte[] Value)> Entries, long FirstLsn, long LastLsn, long LastTimeMicros);
