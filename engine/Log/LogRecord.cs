namespace Storage.Engine.Log;

/// <summary>One record as read back from the log.</summary>
internal readonly ref struct LogRecord
{
    internal required long Lsn { get; init; }

    /// <summary>When it was appended, microseconds since 1970-01-01 UTC; never smaller than the record before.</summary>
    internal required long TimeMicros { get; init; }

    internal required RecordKind Kind { get; init; }

    /// <summary>The place behind it, where a scan can go on; nothing where it does not come from the log's files.</summary>
    internal LogPosition End { get; init; }

    /// <summary>The participating partitions, as <see cref="Participant.Read"/> reads them.</summary>
    internal required ReadOnlySpan<byte> Participants { get; init; }

    /// <summary>The changes, opaque to the log.</summary>
    internal required ReadOnlySpan<byte> Body { get; init; }
}

/// <summary>What a record is. Prepare and decide are reserved for transactions across owners.</summary>
internal enum RecordKind : byte
{
    Changes = 1,
    Prepare = 2,
    Decide = 3,
    CleanShutdown = 4,
}
