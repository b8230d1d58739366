namespace Storage.Engine.Model;

/// <summary>What a repair restored, and what it could not.</summary>
public sealed record RepairReport
{
    /// <summary>The first 10,000 findings: damage, and then what was lost by it. The report file has all.</summary>
    public required IReadOnlyList<StoreFinding> Findings { get; init; }

    /// <summary>Findings of kind <see cref="FindingKind.Loss"/>.</summary>
    public required long LossCount { get; init; }

    /// <summary>True when the new store holds everything that the old one ever promised.</summary>
    public bool IsComplete => LossCount == 0;

    /// <summary>Entries taken from runs.</summary>
    public long EntryCount { get; init; }

    /// <summary>Records of the log that were applied.</summary>
    public long AppliedRecordCount { get; init; }

    /// <summary>Whole records of the log that were not applied, as what they build on is lost; each is listed.</summary>
    public long LeftRecordCount { get; init; }

    /// <summary>The report file in the new directory.</summary>
    public required string ReportFile { get; init; }

    /// <summary>What verifying the new store said.</summary>
    public required VerificationReport Verification { get; init; }
}
