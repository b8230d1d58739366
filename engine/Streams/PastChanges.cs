using System.Collections.Concurrent;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Streams;

/// <summary>
/// Changes that memory no longer has, read from files: up to the last checkpoint from the history, behind it from the
/// log. A checkpoint may trim the log while it is read here; then what is missing is in the history.
/// </summary>
internal sealed class PastChanges(LogReading readLog, IStreamHistory history, ChangeTail tail)
{
    /// <summary>History entries that one call looks at.</summary>
    private const int EntriesAtOnceMax = 4096;

    /// <summary>What is past moves on slowly: it is looked for again after this much of the store's time.</summary>
    private const long HorizonMicros = 1_000_000;

    /// <summary>Tables whose horizon is remembered.</summary>
    private const int HorizonsMax = 4096;

    private readonly ConcurrentDictionary<uint, (long KeptSince, ChangePosition Horizon)> horizons = new();
    private long filesRead;

    /// <summary>Times that a reader went to the files.</summary>
    internal long FilesRead => Volatile.Read(ref filesRead);

    /// <summary>
    /// Adds to a page what lies behind its position, a bounded amount; the tail has what comes after
    /// <paramref name="state"/>'s floor.
    /// </summary>
    /// <exception cref="IOException">The files cannot be read.</exception>
    /// <exception cref="InvalidDataException">They are damaged; the text says where.</exception>
    internal void Read(uint tableId, in TailState state, long durableLsn, StreamPageBuilder page)
    {
        page.SkipTrimmed(Horizon(tableId, state, page.KeptSinceMicros));
        var runs = history.Acquire();
        try
        {
            if (runs.Runs.Count > 0 && page.Next < ChangePosition.EndOf(runs.CheckpointLsn))
            {
                ReadHistory(runs, tableId, page);
                return;
            }

            page.MoveTo(ChangePosition.EndOf(runs.CheckpointLsn));
        }
        finally
        {
            runs.Release();
        }

        ReadLog(tableId, state, durableLsn, page);
    }

    /// <summary>The newest change of a table that is not shown any more, of those that are not in memory.</summary>
    internal ChangePosition Horizon(uint tableId, in TailState state, long keptSinceMicros)
    {
        var floor = state.IsKnown ? state.Floor : ChangePosition.EndOf(long.MaxValue);
        if (!horizons.TryGetValue(tableId, out var known)
            || keptSinceMicros < known.KeptSince || keptSinceMicros - known.KeptSince >= HorizonMicros)
        {
            known = (keptSinceMicros, FindHorizon(tableId, state.IsKnown, keptSinceMicros));
            if (horizons.Count >= HorizonsMax)
            {
                horizons.Clear(); // most are of tables that are gone
            }

            horizons[tableId] = known;
        }

        // What was let go of since then is missed by a reader that has not come so far.
        var horizon = history.TrimmedLsn is var trimmed && trimmed > known.Horizon.Lsn ? ChangePosition.EndOf(trimmed) : known.Horizon;
        return horizon < floor ? horizon : floor;
    }

    private ChangePosition FindHorizon(uint tableId, bool isInLog, long keptSinceMicros)
    {
        var runs = history.Acquire();
        try
        {
            var trimmed = history.TrimmedLsn is > 0 and var lsn ? ChangePosition.EndOf(lsn) : default;
            var inHistory = HistoryScan.FindLastBefore(runs, tableId, keptSinceMicros);
            var inLog = isInLog && tail.FindMarkBefore(keptSinceMicros, history.Checkpoint) is var mark && mark > runs.CheckpointLsn
                ? ChangePosition.EndOf(mark)
                : default;
            return inLog > default(ChangePosition) ? inLog : inHistory > trimmed ? inHistory : trimmed;
        }
        finally
        {
            runs.Release();
        }
    }

    private void ReadHistory(RunSet runs, uint tableId, StreamPageBuilder page)
    {
        Interlocked.Increment(ref filesRead);
        var scan = new HistoryScan();
        scan.Start(runs, tableId, page.Next);
        try
        {
            for (var i = 0; !page.IsFull; i++)
            {
                if (!scan.MoveNext())
                {
                    page.MoveTo(ChangePosition.EndOf(runs.CheckpointLsn));
                    return;
                }

                var entry = scan.Entry;
                var position = new ChangePosition(entry.Lsn, entry.Ordinal);
                if (page.Wants(entry.TimeMicros, entry.PartitionId))
                {
                    page.Add(StreamChange.Of(position, entry.TimeMicros, tableId, entry.PartitionId, entry.Change));
                }

                page.MoveTo(position);
                if (i >= EntriesAtOnceMax)
                {
                    return;
                }
            }
        }
        finally
        {
            scan.Stop();
        }
    }

    private void ReadLog(uint tableId, in TailState state, long durableLsn, StreamPageBuilder page)
    {
        var end = state.IsKnown ? Math.Min(durableLsn, state.Floor.Lsn) : durableLsn;
        page.MoveTo(ChangePosition.EndOf(Math.Min(end, NextOn(state, page.Next.Lsn))));
        var doneLsn = page.Next.Ordinal == int.MaxValue ? page.Next.Lsn : page.Next.Lsn - 1;
        if (doneLsn >= end)
        {
            return;
        }

        var checkpoint = history.Checkpoint;
        if (checkpoint.Lsn > doneLsn)
        {
            return; // a checkpoint came between: the history has it
        }

        var from = tail.FindMark(doneLsn, checkpoint, out var nextLsn);
        var until = Math.Min(end, nextLsn);
        try
        {
            Interlocked.Increment(ref filesRead);
            readLog(from, until, new LogChangeReader(tableId, state.Spans, page));
            if (!page.IsFull)
            {
                page.MoveTo(ChangePosition.EndOf(until));
            }
        }
        catch (Exception failed) when (
            failed is InvalidDataException or IOException or ObjectDisposedException && history.Checkpoint.Lsn > from.Lsn)
        {
            // Trimmed meanwhile. What was read before that is right: every record was checked.
        }
    }

    /// <summary>Behind this the stream was on first, not before an LSN; 0 when it was on there.</summary>
    private static long NextOn(in TailState state, long lsn)
    {
        foreach (var (from, until) in state.Spans)
        {
            if (until > lsn)
            {
                return from <= lsn ? 0 : from;
            }
        }

        return long.MaxValue;
    }
}
