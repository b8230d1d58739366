namespace Storage.Engine.Model;

/// <summary>What a verification found.</summary>
public sealed record VerificationReport
{
    /// <summary>The first 10,000 findings, in the order they were made.</summary>
    public required IReadOnlyList<StoreFinding> Findings { get; init; }

    /// <summary>Findings of kind <see cref="FindingKind.Damage"/>, those beyond the first 10,000 included.</summary>
    public required long DamageCount { get; init; }

    /// <summary>True when nothing is damaged: the store opens and holds what was written.</summary>
    public bool IsClean => DamageCount == 0;

    /// <summary>
    /// A hash of the whole state, 32 hexadecimal digits: equal for equal contents, counts and sequences. Null when damage
    /// kept the state from being folded.
    /// </summary>
    public string? FoldHash { get; init; }

    /// <summary>LSN of the last record that opening would replay.</summary>
    public long LastLsn { get; init; }

    /// <summary>Whole records that were read.</summary>
    public long RecordCount { get; init; }

    /// <summary>Segment files of the log.</summary>
    public int SegmentCount { get; init; }

    /// <summary>Bytes of the segment files.</summary>
    public long LogBytes { get; init; }

    /// <summary>Runs that make up the state.</summary>
    public int RunCount { get; init; }

    /// <summary>Bytes of the runs.</summary>
    public long RunBytes { get; init; }

    /// <summary>Files of past changes.</summary>
    public int HistoryCount { get; init; }

    /// <summary>Bytes of the history files.</summary>
    public long HistoryBytes { get; init; }

    /// <summary>Tables by name; empty when the state could not be folded.</summary>
    public required IReadOnlyList<VerifiedTable> Tables { get; init; }
}

/// <summary>What a table was found to hold.</summary>
/// <param name="Name">The table's name.</param>
/// <param name="ItemCount">Items.</param>
/// <param name="SizeBytes">DynamoDB's size of all items.</param>
/// <param name="IndexCount">Indexes, each compared with the items unless it is still being created.</param>
/// <param name="ContentHash">Of keys and items, 32 hexadecimal digits; the same in any store that holds the same items.</param>
public sealed record VerifiedTable(string Name, long ItemCount, long SizeBytes, int IndexCount, string ContentHash);
