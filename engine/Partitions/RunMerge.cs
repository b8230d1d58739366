using Storage.Engine.Files;

namespace Storage.Engine.Partitions;

/// <summary>Says whether an entry may be left out of a merge.</summary>
internal delegate bool DeadEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

/// <summary>Writes the union of neighbouring runs as one run: of each key its newest entry.</summary>
internal static class RunMerge
{
    /// <summary>Merges inputs (newest first, held by the caller) into a file of that number and level.</summary>
    /// <remarks>
    /// dropsRemovals: no older run is left below, so removals have nothing to hide.
    /// isDead: entries that need not live on, of dropped tables or of expired history. Returns what the
    /// manifest must know; with an EntryCount of 0 nothing was left, and the file exists all the same.
    /// </remarks>
    /// <exception cref="DamagedBlockException">An input is damaged; the unfinished output is the caller's to delete.</exception>
    /// <exception cref="OperationCanceledException">Likewise unfinished.</exception>
    internal static RunInfo Run(
        IStoreFiles files, RunKind kind, Guid store, long number, int level, IReadOnlyList<RunFile> inputs, bool dropsRemovals,
        DeadEntry isDead, CancellationToken cancellation) =>
        Run(files, kind, store, number, level, inputs, dropsRemovals, isDead, RunLayout.Standard, cancellation);

    /// <summary>As the other, with blocks of another size.</summary>
    internal static RunInfo Run(
        IStoreFiles files, RunKind kind, Guid store, long number, int level, IReadOnlyList<RunFile> inputs, bool dropsRemovals,
        DeadEntry isDead, RunLayout layout, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfZero(inputs.Count, nameof(inputs));
        var union = new RunUnion();
        union.Begin(isAscending: true);
        var firstLsn = long.MaxValue;
        long lastLsn = 0;
        long lastTimeMicros = 0;
        foreach (var input in inputs)
        {
            union.Add(new RunScan(input, cancellation));
            firstLsn = Math.Min(firstLsn, input.Info.FirstLsn);
            lastLsn = Math.Max(lastLsn, input.Info.LastLsn);
            lastTimeMicros = Math.Max(lastTimeMicros, input.Info.LastTimeMicros);
        }

        using var writer = new RunWriter(files, kind, store, number, level, firstLsn, lastLsn, layout);
        while (union.MoveNext())
        {
            var key = union.Key;
            var value = union.Value;
            if ((dropsRemovals && value.IsEmpty) || isDead(key, value))
            {
                continue;
            }

            writer.Add(key, value);
        }

        cancellation.ThrowIfCancellationRequested();
        return writer.Finish(lastTimeMicros);
    }
}
