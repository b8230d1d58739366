using System.Buffers.Binary;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Streams;

/// <summary>Walks the history entries of one table, from a position on.</summary>
internal sealed class HistoryScan
{
    private readonly RunSetCursor cursor = new();

    internal HistoryEntry Entry => HistoryEntry.Read(cursor.Key, cursor.Value);

    /// <summary>
    /// The position of the newest entry of a table older than a time; the default when there is none. Times ascend with
    /// the LSN, so a few entries are looked at, however many there are.
    /// </summary>
    internal static ChangePosition FindLastBefore(RunSet runs, uint tableId, long timeMicros)
    {
        var scan = new HistoryScan();
        try
        {
            long low = 0;
            var high = runs.CheckpointLsn + 1;
            long found = 0;
            while (low < high)
            {
                var middle = low + ((high - low) / 2);
                scan.Start(runs, tableId, new ChangePosition(middle - 1, int.MaxValue));
                if (scan.MoveNext() && HistoryEntry.TimeOf(scan.cursor.Value) < timeMicros)
                {
                    found = scan.Entry.Lsn;
                    low = found + 1;
                }
                else
                {
                    high = middle;
                }
            }

            return found == 0 ? default : scan.LastOf(runs, tableId, found);
        }
        finally
        {
            scan.Stop();
        }
    }

    /// <summary>Begins behind a position.</summary>
    internal void Start(RunSet runs, uint tableId, ChangePosition after)
    {
        Span<byte> low = stackalloc byte[HistoryEntry.KeyBytes];
        Span<byte> high = stackalloc byte[sizeof(uint)];
        if (after.Ordinal == int.MaxValue)
        {
            HistoryEntry.WriteKey(low, tableId, Math.Max(after.Lsn, -1) + 1, 0);
        }
        else
        {
            HistoryEntry.WriteKey(low, tableId, after.Lsn, after.Ordinal + 1);
        }

        BinaryPrimitives.WriteUInt32BigEndian(high, tableId + 1);
        cursor.Start(runs, low, high, ascending: true);
    }

    /// <exception cref="DamagedBlockException">A block that is needed is damaged.</exception>
    internal bool MoveNext() => cursor.MoveNext();

    internal void Stop() => cursor.Stop();

    private ChangePosition LastOf(RunSet runs, uint tableId, long lsn)
    {
        Span<byte> low = stackalloc byte[HistoryEntry.KeyBytes];
        Span<byte> high = stackalloc byte[HistoryEntry.KeyBytes];
        HistoryEntry.WriteKey(low, tableId, lsn, 0);
        HistoryEntry.WriteKey(high, tableId, lsn + 1, 0);
        cursor.Start(runs, low, high, ascending: false);
        return cursor.MoveNext() ? new ChangePosition(lsn, Entry.Ordinal) : ChangePosition.EndOf(lsn);
    }
}
