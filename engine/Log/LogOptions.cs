namespace Storage.Engine.Log;

/// <summary>How a log is opened. The sizes of an existing log are read from its files and win over those given here.</summary>
internal sealed record LogOptions
{
    /// <summary>The clock that stamps records.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Page size as a power of two, 12 to 24. Two pages are allocated at once, the others when needed.</summary>
    internal int PageSizeBits { get; init; } = 20;

    /// <summary>Bytes of log in one segment file, as a power of two, from the page size to 30.</summary>
    internal int SegmentSizeBits { get; init; } = 26;

    /// <summary>Pages of the append buffer; a power of two, at least 2.</summary>
    internal int BufferPages { get; init; } = 8;

    /// <summary>Writers wait while this many bytes or more are appended but not yet durable. Less than the buffer.</summary>
    internal long UndurableBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// Durable marks are written at least this far apart, and this long after the last commit at the latest. Zero: after
    /// every sync. Records of the last interval have no mark yet; all but the last group are vouched for by later records.
    /// </summary>
    internal TimeSpan MarkInterval { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Which owner of the log writes; stamped into every record.</summary>
    internal uint Epoch { get; init; }

    /// <summary>Identity of the log: given to a new one, demanded of an existing one. Null: drawn, or taken as found.</summary>
    internal Guid? InstanceId { get; init; }

    /// <summary>The file that told <see cref="InstanceId"/> and where the log is read from, for refusals to name; null: none.</summary>
    internal string? SaidBy { get; init; }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(PageSizeBits, LogGeometry.PageSizeBitsMin, nameof(PageSizeBits));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PageSizeBits, LogGeometry.PageSizeBitsMax, nameof(PageSizeBits));
        ArgumentOutOfRangeException.ThrowIfLessThan(SegmentSizeBits, PageSizeBits, nameof(SegmentSizeBits));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SegmentSizeBits, LogGeometry.SegmentSizeBitsMax, nameof(SegmentSizeBits));
        ArgumentOutOfRangeException.ThrowIfLessThan(MarkInterval, TimeSpan.Zero, nameof(MarkInterval));
        if (BufferPages < 2 || !int.IsPow2(BufferPages))
        {
            throw new ArgumentOutOfRangeException(nameof(BufferPages), BufferPages, "A power of two, at least 2.");
        }
    }
}
