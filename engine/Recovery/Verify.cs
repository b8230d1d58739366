using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Recovery;

/// <summary>
/// Verifies a store: finds all damage, and proves that runs and log fold to one state. Only reads. Steps: the manifest;
/// every block of every run and history file; every record of the log; then, if all of that is whole, the plain fold of
/// it, the state that an opening gives, and each index against its table.
/// </summary>
internal sealed class Verify : IDisposable
{
    private readonly IStoreFiles files;
    private readonly VerifyFindings findings;
    private readonly CancellationToken cancellation;
    private readonly VerifyManifest manifest;
    private readonly VerifyLogFiles log;
    private VerifyRuns? runs;
    private VerifyLogEnd end = new();
    private long recordCount;

    private readonly Action<string, ReadOnlyMemory<byte>>? systemItem;

    private Verify(
        IStoreFiles files,
        Action<StoreFinding>? found,
        Action<string, ReadOnlyMemory<byte>>? systemItem,
        CancellationToken cancellation)
    {
        this.files = files;
        this.systemItem = systemItem;
        this.cancellation = cancellation;
        findings = new VerifyFindings(found);
        manifest = VerifyManifest.Read(files, findings);
        log = VerifyLogFiles.Open(files, manifest, findings);
    }

    /// <summary>Reads everything and reports; of system tables also shows each item, encoded.</summary>
    internal static async Task<VerificationReport> RunAsync(
        IStoreFiles files,
        Action<StoreFinding>? found,
        CancellationToken cancellation,
        Action<string, ReadOnlyMemory<byte>>? systemItem = null)
    {
        using var verify = new Verify(files, found, systemItem, cancellation);
        return await verify.RunAsync().ConfigureAwait(false);
    }

    public void Dispose() => log.Dispose();

    private async Task<VerificationReport> RunAsync()
    {
        ListFiles();
        if (manifest.Manifest is { } named)
        {
            runs = new VerifyRuns(files, named);
            runs.Check(cancellation);
        }

        var fold = new VerifyFold(log, findings);
        if (runs is not null)
        {
            fold.Begin(runs);
            ReportRuns(runs);
        }

        if (log.Geometry is not null)
        {
            WalkLog(fold);
        }
        else if (log.Segments.Count == 0 && manifest.Manifest is null)
        {
            findings.Note(null, null, "There is no log here: no store, or one that nothing was ever written to.");
            return Result(null, []);
        }

        if (end.IsDamaged)
        {
            NameLostChanges();
        }

        if (findings.DamageCount > 0)
        {
            findings.Note(null, null, "The state was not folded, as parts of it are damaged.");
            return Result(null, []);
        }

        try
        {
            fold.FindTables();
            return await CompareAsync(fold).ConfigureAwait(false);
        }
        catch (Exception refusal) when (refusal is InvalidDataException or DamagedBlockException)
        {
            // Everything was whole by itself; what an opening refuses all the same is said in its words.
            findings.Damage(null, null, refusal.Message);
            return Result(null, []);
        }
    }

    private void WalkLog(VerifyFold fold)
    {
        if (manifest.Position is { } position)
        {
            // What the runs hold already is in the log too until its segment goes; streams may still read it there.
            var before = new VerifyLogWalk(log, new RepairNothing()).Run(-1, position.Address, position.Lsn, cancellation);
            VerifyLogText.Report(before, log, findings);
            recordCount = before.RecordCount;
        }

        end = Walk(fold);
        VerifyLogText.Report(end, log, findings);
        recordCount += end.RecordCount;
    }

    /// <summary>
    /// What a lost record changed is lost with it, but its partitions show it: their own numbers have a gap where a later
    /// record of theirs is left.
    /// </summary>
    private void NameLostChanges()
    {
        var catalog = new RepairCatalog(runs);
        var rule = new RepairRule(
            catalog, runs?.Sequences ?? new Dictionary<uint, long>(), manifest.CheckpointLsn, long.MaxValue, takesAll: true)
        {
            Missing = (partition, first, last) => findings.Note(null, null,
                $"The lost records held {RepairCatalog.Changes(first, last)} of {catalog.NameOfPartition(partition)}."),
        };
        Walk(new RepairLog(log, rule, catalog));
    }

    private VerifyLogEnd Walk(IVerifyLogSink sink) => manifest.Position is { } position
        ? new VerifyLogWalk(log, sink).Run(position, cancellation)
        : new VerifyLogWalk(log, sink).Run(manifest.CheckpointLsn, long.MaxValue, manifest.CheckpointLsn, cancellation);

    private void ReportRuns(VerifyRuns checkedRuns)
    {
        var catalog = new RepairCatalog(checkedRuns);
        foreach (var damage in checkedRuns.Damages)
        {
            var lost = checkedRuns.LostCount(damage.Run);
            findings.Damage(
                damage.Finding.File,
                damage.Finding.Offset,
                $"What is here {damage.Finding.Text}. "
                + (lost == 0 ? "All entries of the file can still be read."
                    : $"Of the file's {damage.Run.EntryCount} entries {lost} cannot be read; here {catalog.Describe(damage)}."));
        }
    }

    private async ValueTask<VerificationReport> CompareAsync(VerifyFold fold)
    {
        using var opening = new VerifyOpening(files, manifest.Manifest);
        FoldRuns(fold, opening.Runs);
        if (opening.End is { } scanned && (scanned.Lsn != end.Lsn || scanned.Checksum != end.Checksum))
        {
            findings.Damage(null, null, $"Opening would replay the log up to record {scanned.Lsn}, but its records end at {end.Lsn}.");
        }

        var read = new VerifyState(opening.State, findings, systemItem, cancellation);
        await read.RunAsync().ConfigureAwait(false);
        foreach (var id in fold.Partitions.Keys.Union(read.Partitions.Keys).Order())
        {
            Compare(id, fold.Partitions, read.Partitions);
        }

        return Result(read.Hash(), read.Tables);
    }

    /// <summary>The union of the runs by large reads past the cache, then the log's changes over it.</summary>
    private void FoldRuns(VerifyFold fold, IReadOnlyList<RunFile> opened)
    {
        var union = new RunUnion();
        union.Begin(isAscending: true);
        foreach (var run in opened)
        {
            union.Add(new RunScan(run, cancellation));
        }

        while (union.MoveNext())
        {
            fold.TakeRunEntry(union.Key, union.Value);
        }

        fold.Finish();
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
            if (RunWriter.TryParseName(name, out var kind, out var number))
            {
                var named = (kind == RunKind.State ? manifest.Manifest?.Runs : manifest.Manifest?.History) ?? [];
                if (named.All(run => run.Number != number))
                {
                    findings.Note(name, null, "The manifest does not name the file: it is no part of the store, and opening deletes it.");
                }
            }
            else if (name is not (DirectoryLock.FileName or DurableWitness.FileName or ManifestFile.Name or ManifestFile.NextName or Repair.ReportName)
                && !VerifyLogFiles.IsSegment(name))
            {
                findings.Note(name, null, "The file is not the store's.");
            }
        }
    }

    private VerificationReport Result(string? hash, IReadOnlyList<VerifiedTable> tables) => new()
    {
        Findings = findings.Kept,
        DamageCount = findings.DamageCount,
        FoldHash = hash,
        LastLsn = end.Lsn,
        RecordCount = recordCount,
        SegmentCount = log.Segments.Count,
        LogBytes = log.Bytes,
        RunCount = manifest.Manifest?.Runs.Count ?? 0,
        RunBytes = manifest.Manifest?.Runs.Sum(run => run.LengthBytes) ?? 0,
        HistoryCount = manifest.Manifest?.History.Count ?? 0,
        HistoryBytes = manifest.Manifest?.History.Sum(run => run.LengthBytes) ?? 0,
        Tables = tables,
    };
}
