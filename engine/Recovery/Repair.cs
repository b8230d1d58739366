using Storage.Engine.Files;

namespace Storage.Engine.Recovery;

/// <summary>
/// Restores what can be restored of a damaged store into a new one, and lists the rest. The old files are only read.
/// Steps: find the damage; judge every record of the log; make the tables; write the runs' items, then the log's; verify.
/// </summary>
internal sealed class Repair
{
    /// <summary>Name of the list of what was lost, in the new directory.</summary>
    internal const string ReportName = "REPAIR.txt";

    private readonly IStoreFiles files;
    private readonly VerifyFindings findings;
    private readonly bool takesAll;
    private readonly CancellationToken cancellation;

    private Repair(IStoreFiles files, bool takesAll, Action<StoreFinding> found, CancellationToken cancellation)
    {
        this.files = files;
        this.takesAll = takesAll;
        this.cancellation = cancellation;
        findings = new VerifyFindings(found);
    }

    /// <summary>Repairs into a store opened by these options; what is found goes to <paramref name="found"/>.</summary>
    /// <returns>The report, its verification still to be made.</returns>
    internal static Task<RepairResult> RunAsync(
        IStoreFiles files, StoreOptions target, bool takesAll, Action<StoreFinding> found, CancellationToken cancellation) =>
        new Repair(files, takesAll, found, cancellation).RunAsync(target);

    private async Task<RepairResult> RunAsync(StoreOptions options)
    {
        using var log = VerifyLogFiles.Open(files, null, findings);
        var end = new VerifyLogEnd();
        var catalog = new RepairCatalog();
        if (log.Geometry is not null)
        {
            end = Walk(log, new RepairNothing());
            Verify.Report(end, log, findings);
            ListGaps(log, end);
            var rule = Rule(catalog, end);
            rule.Missing = (partition, first, last) => findings.Loss(null, null,
                $"{(first == last ? $"change {first}" : $"changes {first} to {last}")} of {catalog.NameOfPartition(partition)}");
            Walk(log, new RepairLog(log, rule, catalog) { Losses = findings });
        }
        else if (log.Segments.Count > 0)
        {
            findings.Loss(null, null, "all records of the log, as nothing tells how to read it");
        }

        await using var store = await Store.OpenAsync(options, cancellation).ConfigureAwait(false);
        using var target = new RepairTarget(store.Database, cancellation);
        foreach (var table in catalog.Live)
        {
            await target.CreateAsync(table).ConfigureAwait(false);
        }

        var applied = log.Geometry is null ? null : ApplyLog(log, end, target);
        await target.FinishAsync().ConfigureAwait(false);
        return new RepairResult(findings, 0, applied?.AppliedCount ?? 0, applied?.LeftCount ?? 0);
    }

    private RepairLog ApplyLog(VerifyLogFiles log, VerifyLogEnd end, RepairTarget target)
    {
        var catalog = new RepairCatalog();
        var applied = new RepairLog(log, Rule(catalog, end), catalog) { Change = Add };
        Walk(log, applied);
        return applied;

        void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            if (target.TryAdd(key, value) && target.IsFull)
            {
                // This thread has nothing else to do: it reads the old log and writes the new store.
                target.FlushAsync().AsTask().GetAwaiter().GetResult();
            }
        }
    }

    private RepairRule Rule(RepairCatalog catalog, VerifyLogEnd end)
    {
        var tail = end.Gaps.FirstOrDefault(gap => gap.AfterLsn >= end.DurableLsn);
        return new RepairRule(catalog, new Dictionary<uint, long>(), 0, tail?.AfterLsn ?? long.MaxValue, takesAll);
    }

    private VerifyLogEnd Walk(VerifyLogFiles log, IVerifyLogSink sink) =>
        new VerifyLogWalk(log, sink).Run(null, long.MaxValue, cancellation);

    private void ListGaps(VerifyLogFiles log, VerifyLogEnd end)
    {
        foreach (var gap in end.Gaps.Where(gap => gap.AfterLsn < end.DurableLsn))
        {
            var first = gap.AfterLsn + 1;
            var last = gap.BeforeLsn == 0 ? end.DurableLsn : gap.BeforeLsn - 1;
            if (first <= last)
            {
                findings.Loss(log.FileAt(gap.Address), log.FileOffset(gap.Address), first == last ? $"record {first}" : $"records {first} to {last}");
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
