namespace Storage.Engine.Recovery;

/// <summary>A place where the log does not go on as it should.</summary>
/// <param name="AfterLsn">Last record before it; 0 when there is none.</param>
/// <param name="BeforeLsn">First whole record behind it; 0 when there is none.</param>
/// <param name="Address">Where the next record should be.</param>
/// <param name="EndAddress">Where it goes on, or where the files end.</param>
/// <param name="Reason">What is there instead.</param>
/// <param name="HasBytes">Whether anything but zeros is there.</param>
internal sealed record VerifyLogGap(long AfterLsn, long BeforeLsn, long Address, long EndAddress, string Reason, bool HasBytes)
{
    /// <summary>Records between, none of which could be read; at least one is expected behind the last record.</summary>
    internal long LostCount => BeforeLsn == 0 ? 0 : BeforeLsn - AfterLsn - 1;
}

/// <summary>What a walk over the log found.</summary>
internal sealed class VerifyLogEnd
{
    /// <summary>Last record of the unbroken chain from the start; what an opening would replay up to.</summary>
    internal long Lsn { get; set; }

    /// <summary>Its checksum.</summary>
    internal ulong Checksum { get; set; }

    /// <summary>Its time, microseconds since 1970-01-01 UTC.</summary>
    internal long TimeMicros { get; set; }

    /// <summary>Address behind it.</summary>
    internal long Address { get; set; }

    /// <summary>Address behind the last whole record, behind gaps too.</summary>
    internal long LastAddress { get; set; }

    /// <summary>The highest LSN that anything proves to have been durable.</summary>
    internal long DurableLsn { get; set; }

    /// <summary>Whole records, those behind gaps included.</summary>
    internal long RecordCount { get; set; }

    /// <summary>Whole records behind the first gap.</summary>
    internal long CutOffCount { get; set; }

    /// <summary>Gaps where records are missing, in order. The last one may be the end of the log.</summary>
    internal List<VerifyLogGap> Gaps { get; } = [];

    /// <summary>True when a record that was durable is missing: the log does not open.</summary>
    internal bool IsDamaged { get; set; }
}

/// <summary>Takes the whole records of a walk over a log.</summary>
internal interface IVerifyLogSink
{
    /// <summary>Takes a record, valid during the call.</summary>
    void Take(in Log.LogRecord record, VerifyLogPlace place);
}

/// <summary>Where a record was found.</summary>
/// <param name="Address">Of its entry.</param>
/// <param name="IsContinuous">No record before it is missing.</param>
/// <param name="IsOpened">Nothing before it keeps an opening from reaching it.</param>
internal readonly record struct VerifyLogPlace(long Address, bool IsContinuous, bool IsOpened);
