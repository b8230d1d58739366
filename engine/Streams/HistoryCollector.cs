using System.Buffers.Binary;
using Storage.Engine.Encoding;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Engine.Streams;

/// <summary>
/// Picks the changes of tables with a stream out of the records that a checkpoint is about to let go of, and hands
/// them on sorted, in batches of bounded size. Follows the catalog: a table counts from the record on that gave it a
/// stream, up to the one that took it away.
/// </summary>
/// <param name="streamTables">Ids of the tables that had a stream at the last checkpoint; changed as records say.</param>
/// <param name="batchBytesMax">Bytes after which a batch is handed on.</param>
/// <param name="write">Writes a batch: entries in key order, the first and last LSN, the last record's time.</param>
internal sealed class HistoryCollector(HashSet<uint> streamTables, int batchBytesMax, Action<HistoryBatch> write) : IRecordSink
{
    private readonly List<(byte[] Key, byte[] Value)> entries = [];
    private long firstLsn;
    private long lastLsn;
    private long lastTimeMicros;
    private long bytes;

    /// <inheritdoc />
    public void Apply(in LogRecord record)
    {
        if (record.Kind != RecordKind.Changes)
        {
            return;
        }

        if (bytes >= batchBytesMax)
        {
            Flush(); // between records: a batch never cuts one in two
        }

        var offset = 0;
        for (var ordinal = 0; offset < record.Body.Length; ordinal++)
        {
            var start = offset;
            var change = Change.Read(record.Body, ref offset, out var deltasOffset);
            var tableId = BinaryPrimitives.ReadUInt32BigEndian(change.Key);
            if (tableId == SystemTables.CatalogId)
            {
                FollowCatalog(change);
            }
            else if (streamTables.Contains(tableId) && (change.Flags & ChangeFlags.IndexOnly) == 0)
            {
                var participant = Participant.Read(record.Participants[(change.Participant * Participant.SizeBytes)..]);
                Add(tableId, record, ordinal, participant.PartitionId, record.Body[start..deltasOffset]);
            }
        }
    }

    /// <summary>Hands on what is left.</summary>
    internal void Flush()
    {
        if (entries.Count == 0)
        {
            return;
        }

        entries.Sort((left, right) => left.Key.AsSpan().SequenceCompareTo(right.Key));
        write(new HistoryBatch(entries, firstLsn, lastLsn, lastTimeMicros));
        entries.Clear();
        bytes = 0;
    }

    private void Add(uint tableId, in LogRecord record, int ordinal, uint partitionId, ReadOnlySpan<byte> change)
    {
        var key = new byte[HistoryEntry.KeyBytes];
        HistoryEntry.WriteKey(key, tableId, record.Lsn, ordinal);
        var value = HistoryEntry.Value(record.TimeMicros, partitionId, change);
        if (entries.Count == 0)
        {
            firstLsn = record.Lsn;
        }

        entries.Add((key, value));
        lastLsn = record.Lsn;
        lastTimeMicros = record.TimeMicros;
        bytes += key.Length + value.Length;
    }

    private void FollowCatalog(in Change change)
    {
        // A dropped table has no later changes; only a definition can begin or end a stream.
        if (change.NewImage.IsEmpty || !Catalog.IsTable(change.Key))
        {
            return;
        }

        var table = CatalogItem.Read(new ValueView(change.NewImage));
        if (table.Definition.Stream is null)
        {
            streamTables.Remove(table.Id);
        }
        else
        {
            streamTables.Add(table.Id);
        }
    }
}
