using System.Buffers.Binary;
using Storage.Engine.Encoding;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Simulation.Oracle;

/// <summary>
/// What a store must hold after each record: plain dictionaries of keys and values, without trees, layers or runs. Gives
/// the <see cref="ContentDigest"/> after every LSN.
/// </summary>
internal sealed class RecordFold
{
    private readonly Dictionary<uint, Part> parts = [];
    private readonly Dictionary<uint, long> sequences = [];
    private readonly Dictionary<string, StoredTable> tables = new(StringComparer.Ordinal);
    private readonly List<ulong> digests = [0];
    private readonly List<ulong> history = [0];
    private readonly List<long> times = [0];
    private readonly List<PastChange> changes = [];
    private readonly List<(uint Id, long Lsn)> streamed = [];
    private readonly Dictionary<(uint Table, long Lsn, long KeptSince), (ulong Digest, int Count)> feeds = []; // once all records are in
    private ulong total;
    private ulong past;

    /// <summary>LSN of the last record followed.</summary>
    internal long Lsn => digests.Count - 1;

    internal IReadOnlyDictionary<string, StoredTable> Tables => tables;

    /// <summary>The digest of the content after a record.</summary>
    internal ulong Digest(long lsn) => digests[(int)lsn];

    /// <summary>The digest of all changes up to a record that streams show and that are not older than a time.</summary>
    internal ulong HistoryDigest(long lsn, long keptSinceMicros)
    {
        var older = times.BinarySearch(keptSinceMicros);
        for (older = older < 0 ? ~older : older; older > 0 && times[older - 1] >= keptSinceMicros; older--)
        {
        }

        // Times ascend with the records, and the first place stands for none.
        return older - 1 >= lsn ? 0 : history[(int)lsn] - history[Math.Max(older - 1, 0)];
    }

    /// <summary>Tables that had a stream at any time up to a record.</summary>
    internal IEnumerable<uint> Streamed(long lsn) => streamed.Where(table => table.Lsn <= lsn).Select(table => table.Id);

    /// <summary>What the stream of a table shows up to a record, of what is not older than a time, as a digest in its order.</summary>
    internal (ulong Digest, int Count) FeedDigest(uint table, long lsn, long keptSinceMicros)
    {
        if (feeds.TryGetValue((table, lsn, keptSinceMicros), out var known))
        {
            return known;
        }

        ulong digest = 0;
        var count = 0;
        foreach (var change in changes)
        {
            if (change.Table == table && change.Position.Lsn <= lsn && change.TimeMicros >= keptSinceMicros)
            {
                digest = ContentDigest.NextChange(
                    digest, change.Position, change.TimeMicros, change.Partition, change.Flags, change.NewImage, change.OldImage);
                count++;
            }
        }

        return feeds[(table, lsn, keptSinceMicros)] = (digest, count);
    }

    /// <summary>Entries of a table or index: key to value.</summary>
    internal IReadOnlyDictionary<string, byte[]> Entries(uint id) => PartOf(id).Entries;

    internal static string KeyText(ReadOnlySpan<byte> key) => System.Text.Encoding.Latin1.GetString(key);

    internal void Apply(WalkedRecord record)
    {
        if (record.Kind == RecordKind.Changes)
        {
            for (var rest = record.Participants.AsSpan(); !rest.IsEmpty; rest = rest[Participant.SizeBytes..])
            {
                var participant = Participant.Read(rest);
                total -= ContentDigest.Sequence(participant.PartitionId, sequences.GetValueOrDefault(participant.PartitionId));
                sequences[participant.PartitionId] = participant.Sequence;
                total += ContentDigest.Sequence(participant.PartitionId, participant.Sequence);
            }

            var offset = 0;
            for (var ordinal = 0; offset < record.Body.Length; ordinal++)
            {
                var change = Change.Read(record.Body, ref offset);
                Remember(record, ordinal, change);
                Apply(change, record.Lsn);
            }
        }

        digests.Add(total);
        history.Add(past);
        times.Add(record.TimeMicros);
    }

    private void Remember(WalkedRecord record, int ordinal, Change change)
    {
        var id = BinaryPrimitives.ReadUInt32BigEndian(change.Key);
        if ((change.Flags & ChangeFlags.IndexOnly) == 0 && tables.Values.Any(table => table.Id == id && table.Definition.Stream is not null))
        {
            Span<byte> key = stackalloc byte[HistoryEntry.KeyBytes];
            HistoryEntry.WriteKey(key, id, record.Lsn, ordinal);
            past += ContentDigest.PastChange(key, change);
            var participant = Participant.Read(record.Participants.AsSpan(change.Participant * Participant.SizeBytes));
            changes.Add(new PastChange(
                id,
                new ChangePosition(record.Lsn, ordinal),
                record.TimeMicros,
                participant.PartitionId,
                change.Flags,
                change.NewImage.ToArray(),
                change.OldImage.ToArray()));
        }
    }

    private void Apply(Change change, long lsn)
    {
        if ((change.Flags & ChangeFlags.IndexOnly) == 0)
        {
            Set(change.Key, change.NewImage);
        }

        while (change.TryReadDelta(out var delta))
        {
            Set(delta.Key, delta.Image);
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(change.Key) == SystemTables.CatalogId)
        {
            FollowCatalog(change, lsn);
        }
    }

    private void FollowCatalog(Change change, long lsn)
    {
        var part = change.Key[KeyBuffer.PartsOffset..];
        var nameBytes = part.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(part));
        if (!Catalog.IsTable(change.Key))
        {
            return;
        }

        var name = System.Text.Encoding.UTF8.GetString(nameBytes);
        var before = tables.GetValueOrDefault(name);
        var after = change.NewImage.IsEmpty ? null : CatalogItem.Read(new ValueView(change.NewImage));
        if (before?.Expiry is { } expiry && after?.Expiry?.Id != expiry.Id)
        {
            Drop(expiry.Id, 0, 0);
        }

        if (after?.Definition.Stream is not null && !streamed.Exists(table => table.Id == after.Id))
        {
            streamed.Add((after.Id, lsn));
        }

        foreach (var index in before?.Indexes ?? [])
        {
            if (after is null || !after.Indexes.Any(kept => kept.Id == index.Id))
            {
                Drop(index.Id, 0, 0);
            }
        }

        if (after is null)
        {
            Drop(before!.Id, before.FirstPartitionId, before.PartitionCount);
            tables.Remove(name);
        }
        else
        {
            tables[name] = after;
        }
    }

    private void Drop(uint id, uint firstPartition, int partitions)
    {
        total -= PartOf(id).Digest(id);
        parts.Remove(id);
        for (var partition = firstPartition; partition < firstPartition + partitions; partition++)
        {
            total -= ContentDigest.Sequence(partition, sequences.GetValueOrDefault(partition));
            sequences.Remove(partition);
        }
    }

    private void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var id = BinaryPrimitives.ReadUInt32BigEndian(key);
        var part = PartOf(id);
        total -= part.Digest(id);
        var text = KeyText(key);
        var isSystem = id < SystemTables.FirstUserId;
        if (part.Entries.Remove(text, out var old))
        {
            part.Sum -= ContentDigest.Entry(key, old);
            part.SizeBytes -= isSystem ? 0 : new ValueView(old).ItemSizeBytes;
        }

        if (!value.IsEmpty)
        {
            part.Entries[text] = value.ToArray();
            part.Sum += ContentDigest.Entry(key, value);
            part.SizeBytes += isSystem ? 0 : new ValueView(value).ItemSizeBytes;
        }

        total += part.Digest(id);
    }

    private Part PartOf(uint id)
    {
        if (!parts.TryGetValue(id, out var part))
        {
            part = parts[id] = new Part();
        }

        return part;
    }

    /// <summary>A change that streams show.</summary>
    private sealed record PastChange(
        uint Table, ChangePosition Position, long TimeMicros, uint Partition, ChangeFlags Flags, byte[] NewImage, byte[] OldImage);

    private sealed class Part
    {
        internal Dictionary<string, byte[]> Entries { get; } = new(StringComparer.Ordinal);

        internal ulong Sum { get; set; }

        internal long SizeBytes { get; set; }

        internal ulong Digest(uint id) => ContentDigest.Part(id, Sum, Entries.Count, SizeBytes);
    }
}
