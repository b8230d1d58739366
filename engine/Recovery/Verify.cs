using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>Verifies a store: finds all damage, and proves that runs and log fold to one state. Only reads.</summary>
internal sealed class Verify
{
    private readonly IStoreFiles files;
    private readonly VerifyFindings findings;
    private readonly CancellationToken cancellation;

    private Verify(IStoreFiles files, Action<StoreFinding>? found, CancellationToken cancellation)
    {
        this.files = files;
        this.cancellation = cancellation;
        findings = new VerifyFindings(found);
    }

    /// <summary>Reads everything and reports.</summary>
    internal static Task<VerificationReport> RunAsync(IStoreFiles files, Action<StoreFinding>? found, CancellationToken cancellation) =>
        new Verify(files, found, cancellation).RunAsync();

    /// <summary>Says what the gaps of a log mean.</summary>
    internal static void Report(VerifyLogEnd end, VerifyLogFiles log, VerifyFindings findings)
    {
        foreach (var gap in end.Gaps)
        {
            var text = Text(gap, end, log);
            if (gap.AfterLsn < end.DurableLsn)
            {
                findings.Damage(log.FileAt(gap.Address), log.FileOffset(gap.Address), text);
            }
            else
            {
                findings.Note(log.FileAt(gap.Address), log.FileOffset(gap.Address), text);
            }
        }
    }

    private async Task<VerificationReport> RunAsync()
    {
        ListFiles();
        using var log = VerifyLogFiles.Open(files, null, findings);
        if (log.Geometry is null)
        {
            if (log.Segments.Count == 0)
            {
                findings.Note(null, null, "There is no log here: no store, or one that nothing was ever written to.");
            }

            return Result(log, new VerifyLogEnd(), null, []);
        }

        var fold = new VerifyFold(log, findings);
        var end = new VerifyLogWalk(log, fold).Run(null, long.MaxValue, cancellation);
        Report(end, log, findings);
        if (findings.DamageCount > 0)
        {
            findings.Note(null, null, "The state was not folded, as parts of it are damaged.");
            return Result(log, end, null, []);
        }

        fold.FindTables();
        fold.Finish();
        return await CompareAsync(log, fold, end).ConfigureAwait(false);
    }

    private async ValueTask<VerificationReport> CompareAsync(VerifyLogFiles log, VerifyFold fold, VerifyLogEnd end)
    {
        var state = new DatabaseState();
        using (var segments = SegmentFiles.Open(files, new LogOptions()))
        {
            var opened = new LogScan(segments, state.Applier).Run();
            if (opened.Lsn != end.Lsn || opened.Checksum != end.Checksum)
            {
                findings.Damage(null, null, $"Opening would replay the log up to record {opened.Lsn}, but its records end at {end.Lsn}.");
            }
        }

        var read = new VerifyState(state, findings, cancellation);
        await read.RunAsync().ConfigureAwait(false);
        foreach (var id in fold.Partitions.Keys.Union(read.Partitions.Keys).Order())
        {
            Compare(id, fold.Partitions, read.Partitions);
        }

        return Result(log, end, read.Hash(), read.Tables);
    }

    private void Compare(uint id, SortedDictionary<uint, VerifyPartition> folded, SortedDictionary<uint, VerifyPartition> opened)
    {
        if (!folded.TryGetValue(id, out var plain) || !opened.TryGetValue(id, out var live))
        {
            findings.Damage(null, null, $"Partition {id} is known to only one of two folds of the same files.");
        }
        else if (plain.Sequence != live.Sequence || plain.Count != live.Count
            || plain.SizeBytes != live.SizeBytes || plain.Hash != live.Hash)
        {
            findings.Damage(null, null,
                $"Partition {id} folds to {plain.Count} entries of {plain.SizeBytes} bytes, sequence {plain.Sequence}, "
                + $"but opening gives {live.Count} of {live.SizeBytes}, sequence {live.Sequence}"
                + (plain.Hash == live.Hash ? "." : ", and they are not the same entries."));
        }
    }

    private void ListFiles()
    {
        foreach (var name in files.List())
        {
            if (name is not (DirectoryLock.FileName or Repair.ReportName) && !VerifyLogFiles.TryParse(name, out _))
            {
                findings.Note(name, null, "The file is not the store's.");
            }
        }
    }

    private static string Text(VerifyLogGap gap, VerifyLogEnd end, VerifyLogFiles log)
    {
        var next = gap.AfterLsn + 1;
        if (gap.AfterLsn >= end.DurableLsn)
        {
            return gap.BeforeLsn == 0
                ? $"The log ends here, behind record {gap.AfterLsn}; what follows was never promised to anyone, and opening cuts it."
                : $"The log ends here, behind record {gap.AfterLsn}: record {next} is not whole. What follows, record {gap.BeforeLsn} "
                    + "too, was never promised to anyone, and opening cuts it.";
        }

        if (gap.BeforeLsn == 0)
        {
            var last = end.DurableLsn;
            return $"{Records(next, last)} should be here and {Are(next, last)} known to have been durable, but {gap.Reason}. No later record is left.";
        }

        var whole = $"record {gap.BeforeLsn} at offset {log.FileOffset(gap.EndAddress)} of {log.FileAt(gap.EndAddress)}";
        return gap.LostCount == 0
            ? $"Record {next} should be here, but {gap.Reason}; {whole} is whole."
            : $"{Records(next, gap.BeforeLsn - 1)} should be here, but {gap.Reason}. The next whole one is {whole}.";
    }

    private static string Records(long first, long last) => first == last ? $"Record {first}" : $"Records {first} to {last}";

    private static string Are(long first, long last) => first == last ? "is" : "are";

    private VerificationReport Result(VerifyLogFiles log, VerifyLogEnd end, string? hash, IReadOnlyList<VerifiedTable> tables) => new()
    {
        Findings = findings.Kept,
        DamageCount = findings.DamageCount,
        FoldHash = hash,
        LastLsn = end.Lsn,
        RecordCount = end.RecordCount,
        SegmentCount = log.Segments.Count,
        LogBytes = log.Bytes,
        Tables = tables,
    };
}
