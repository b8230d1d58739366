using Storage.Engine.Files;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>
/// Restores what can be restored of a damaged store into a new one, and lists the rest. The old files are only read.
/// Steps: find the damage; judge every record of the log; make the tables; write the items of the runs from the oldest
/// on, then the log's changes; verify, which is the caller's.
/// </summary>
internal sealed class Repair
{
    /// <summary>Name of the list of what was lost, in the new directory.</summary>
    internal const string ReportName = "REPAIR.txt";

    private readonly IStoreFiles files;
    private readonly VerifyFindings findings;
    private readonly bool takesAll;
    private readonly CancellationToken cancellation;
    private VerifyRuns? runs;
    private VerifyManifest manifest = null!;

    private Repair(IStoreFiles files, bool takesAll, Action<StoreFinding> found, CancellationToken cancellation)
    {
        this.files = files;
        this.takesAll = takesAll;
        this.cancellation = cancellation;
        findings = new VerifyFindings(found);
    }

    /// <summary>Repairs into a new store; what is found goes to <paramref name="found"/>.</summary>
    internal static Task<RepairResult> RunAsync(
        IStoreFiles files, Database repaired, bool takesAll, Action<StoreFinding> found, CancellationToken cancellation) =>
        new Repair(files, takesAll, found, cancellation).RunAsync(repaired);

    private async Task<RepairResult> RunAsync(Database repaired)
    {
        manifest = VerifyManifest.Read(files, findings);
        if (manifest.Manifest is { } named)
        {
            runs = new VerifyRuns(files, named);
            runs.Check(cancellation);
        }

        using var log = VerifyLogFiles.Open(files, manifest, findings);
        var end = new VerifyLogEnd();
        var catalog = new RepairCatalog(runs);
        if (log.Geometry is not null)
        {
            end = Walk(log, new RepairNothing());
            VerifyLogText.Report(end, log, findings);
            ListGaps(log, end);
            var rule = Rule(catalog, end);
            rule.Missing = (partition, first, last) => findings.Loss(
                null, null, $"{RepairCatalog.Changes(first, last)} of {catalog.NameOfPartition(partition)}");
            Walk(log, new RepairLog(log, rule, catalog) { Losses = findings });
        }
        else if (log.Segments.Count > 0 || manifest.Manifest is not null)
        {
            findings.Loss(null, null, $"all records of the log{(manifest.CheckpointLsn > 0 ? $" behind record {manifest.CheckpointLsn}" : "")}, "
                + (log.Segments.Count > 0 ? "as nothing tells how to read it" : "as its files are gone"));
        }

        ListRunLosses(catalog);
        using var target = new RepairTarget(repaired, cancellation);
        foreach (var table in catalog.Live)
        {
            await target.CreateAsync(table).ConfigureAwait(false);
        }

        var entries = runs?.Visit((key, value) => Add(target, key, value), cancellation) ?? 0;
        var applied = log.Geometry is null ? null : ApplyLog(log, end, target);
        await target.FinishAsync().ConfigureAwait(false);
        return new RepairResult(findings, entries, applied?.AppliedCount ?? 0, applied?.LeftCount ?? 0);
    }

    private RepairLog ApplyLog(VerifyLogFiles log, VerifyLogEnd end, RepairTarget target)
    {
        var catalog = new RepairCatalog(runs);
        var applied = new RepairLog(log, Rule(catalog, end), catalog) { Change = (key, value) => Add(target, key, value) };
        Walk(log, applied);
        return applied;
    }

    private static void Add(RepairTarget target, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (target.TryAdd(key, value) && target.IsFull)
        {
            // This thread has nothing else to do: it reads the old files and writes the new store.
            target.FlushAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private RepairRule Rule(RepairCatalog catalog, VerifyLogEnd end)
    {
        var tail = end.Gaps.FirstOrDefault(gap => gap.AfterLsn >= end.DurableLsn);
        return new RepairRule(
            catalog, runs?.Sequences ?? new Dictionary<uint, long>(), manifest.CheckpointLsn, tail?.AfterLsn ?? long.MaxValue, takesAll);
    }

    private VerifyLogEnd Walk(VerifyLogFiles log, IVerifyLogSink sink)
    {
        var walk = new VerifyLogWalk(log, sink);
        return manifest.Position is { } position
            ? walk.Run(position, cancellation)
            : walk.Run(manifest.CheckpointLsn, long.MaxValue, manifest.CheckpointLsn, cancellation);
    }

    private void ListGaps(VerifyLogFiles log, VerifyLogEnd end)
    {
        foreach (var name in log.MissingNames)
        {
            findings.Loss(name, null, "the records that were in the file");
        }

        // Between readable records a gap tells what is missing; behind the last one only the file itself can.
        foreach (var segment in log.DamagedSegments.Where(segment => segment > log.Geometry!.Value.Segment(end.LastAddress - 1)))
        {
            findings.Loss(VerifyLogFiles.NameOf(segment), null, "the records that were in the file, if any");
        }

        foreach (var gap in end.Gaps.Where(gap => gap.AfterLsn < end.DurableLsn))
        {
            var first = Math.Max(gap.AfterLsn, manifest.CheckpointLsn) + 1;
            var last = gap.BeforeLsn == 0 ? end.DurableLsn : gap.BeforeLsn - 1;
            if (first <= last)
            {
                findings.Loss(log.FileAt(gap.Address), log.FileOffset(gap.Address), first == last ? $"record {first}" : $"records {first} to {last}");
            }
        }
    }

    /// <summary>
    /// An unreadable part of a run may have held the newest version of a key, or its removal, or its only version: what
    /// older runs hold of the keys around it was taken, and the log's changes after that.
    /// </summary>
    private void ListRunLosses(RepairCatalog catalog)
    {
        foreach (var damage in runs?.Damages ?? [])
        {
            var (file, run) = (damage.Finding.File, damage.Run);
            findings.Damage(file, damage.Finding.Offset, $"What is here {damage.Finding.Text}.");
            if (runs!.LostCount(run) is > 0 and var lost)
            {
                var what = damage.Kind == RunKind.State
                    ? $"up to {lost} entries as of records {run.FirstLsn} to {run.LastLsn}, of {catalog.Describe(damage)}: "
                        + "such a key may be missing, or be there in an older version"
                    : $"up to {lost} past changes of records {run.FirstLsn} to {run.LastLsn}, {catalog.Describe(damage)}";
                findings.Loss(file, damage.Finding.Offset, what);
            }
        }
    }
}

/// <summary>What a repair did.</summary>
internal sealed record RepairResult(VerifyFindings Findings, long EntryCount, long AppliedCount, long LeftCount);

/// <summary>Takes no record: for a walk that only looks for gaps.</summary>
internal sealed class RepairNothing : IVerifyLogSink
{
    /// <inheritdoc />
    public void Take(in Log.LogRecord record, VerifyLogPlace place)
    {
    }
}
