namespace Storage.Engine.Log;

/// <summary>Where a scan found the log to end, and what the last record there says.</summary>
internal sealed class LogEnd
{
    /// <summary>First address behind the last whole record.</summary>
    internal long Address { get; set; }

    /// <summary>LSN of the last whole record, or of the position where the scan began.</summary>
    internal long Lsn { get; set; }

    /// <summary>Its checksum.</summary>
    internal ulong Checksum { get; set; }

    /// <summary>Its time.</summary>
    internal long TimeMicros { get; set; }

    /// <summary>Its kind; 0 when the scan met no record.</summary>
    internal RecordKind Kind { get; set; }

    /// <summary>The highest LSN that any record up to here, any mark, or the position where the scan began says is durable.</summary>
    internal long DurableLsn { get; set; }

    /// <summary>
    /// Address behind the last whole record up to <see cref="DurableLsn"/>; what lies between it and
    /// <see cref="Address"/> may never have been synced.
    /// </summary>
    internal long DurableAddress { get; set; }

    /// <summary>Where the next record was looked for.</summary>
    internal long StopAddress { get; set; }

    /// <summary>Why there is none, in words.</summary>
    internal string StopReason { get; set; } = "there is nothing";
}
