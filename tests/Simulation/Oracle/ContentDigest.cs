using System.IO.Hashing;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;
using Storage.Engine.Tables;
using Storage.Simulation.Images;

namespace Storage.Simulation.Oracle;

/// <summary>
/// One number for the whole content of a store: entries of all tables and indexes, system tables included, their counts
/// and sizes, and the sequences of partitions. Sums of hashes, so that a model can follow it change by change.
/// </summary>
internal static class ContentDigest
{
    internal static ulong Entry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        XxHash3.HashToUInt64(value, unchecked((long)XxHash3.HashToUInt64(key)));

    /// <summary>The part of a table or index; nothing while it is empty.</summary>
    internal static ulong Part(uint id, ulong entries, long count, long sizeBytes) =>
        count == 0 && sizeBytes == 0 ? 0 : Chance.Mix(Chance.Mix(id, entries), (ulong)count, (ulong)sizeBytes);

    /// <summary>The part of a partition's own count of records.</summary>
    internal static ulong Sequence(uint partition, long sequence) => sequence == 0 ? 0 : Chance.Mix(~(ulong)partition, (ulong)sequence);

    /// <summary>The digest of a store as its own cursors show it.</summary>
    /// <exception cref="InvalidDataException">What it shows contradicts itself: keys out of order, wrong counts or sizes.</exception>
    internal static ulong Of(SystemTables system, Catalog catalog)
    {
        var cursor = new RangeCursor();
        var total = Of(cursor, system.Catalog, isSystem: true) + Of(cursor, system.Tokens, isSystem: true);
        foreach (var table in catalog.All)
        {
            total += Of(cursor, table.Partitions, isSystem: false);
            foreach (var index in table.Maintained)
            {
                total += Of(cursor, index.Partitions, isSystem: false);
            }
        }

        return total;
    }

    /// <summary>The part of a past change that a stream shows.</summary>
    internal static ulong PastChange(ReadOnlySpan<byte> historyKey, in Change change) =>
        Chance.Mix(Entry(historyKey, change.NewImage), Entry(change.Key, change.OldImage), (ulong)change.Flags);

    /// <summary>The digest of changes in their order, one more.</summary>
    internal static ulong NextChange(ulong before, StreamChange change) => NextChange(
        before, change.Position, change.TimeMicros, change.PartitionId, change.Flags, change.NewImage.Span, change.OldImage.Span);

    internal static ulong NextChange(
        ulong before,
        ChangePosition position,
        long timeMicros,
        uint partitionId,
        ChangeFlags flags,
        ReadOnlySpan<byte> newImage,
        ReadOnlySpan<byte> oldImage)
    {
        var place = Chance.Mix(Chance.Mix(before, (ulong)position.Lsn, (ulong)position.Ordinal), (ulong)timeMicros, partitionId);
        return Chance.Mix(Chance.Mix(place, (ulong)flags), XxHash3.HashToUInt64(newImage), XxHash3.HashToUInt64(oldImage));
    }

    /// <summary>The digest of the past changes in history files that are not older than a time.</summary>
    internal static ulong OfHistory(RunSet history, long keptSinceMicros)
    {
        var cursor = new RunSetCursor();
        ulong total = 0;
        cursor.Start(history, [], [], ascending: true);
        try
        {
            while (cursor.MoveNext())
            {
                if (HistoryEntry.TimeOf(cursor.Value) >= keptSinceMicros)
                {
                    total += PastChange(cursor.Key, HistoryEntry.Read(cursor.Key, cursor.Value).Change);
                }
            }
        }
        finally
        {
            cursor.Stop();
        }

        return total;
    }

    private static ulong Of(RangeCursor cursor, PartitionMap map, bool isSystem)
    {
        ulong total = 0;
        ulong entries = 0;
        long count = 0;
        long size = 0;
        var last = new KeyBuffer();
        cursor.Start(map, map.Low(0), default, ascending: true, entriesExpected: 1024);
        while (cursor.FillAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
        {
            while (cursor.TryNext())
            {
                if (last.Length > 0 && last.Span.SequenceCompareTo(cursor.Key) >= 0)
                {
                    throw new InvalidDataException($"Keys of table or index {map.Id} are out of order.");
                }

                last.CopyFrom(cursor.Key);
                entries += Entry(cursor.Key, cursor.Value);
                count++;
                size += isSystem ? 0 : new ValueView(cursor.Value).ItemSizeBytes;
            }
        }

        foreach (var partition in map.Partitions)
        {
            total += Sequence(partition.Id, partition.Sequence);
        }

        if (map.Count != count || map.SizeBytes != size)
        {
            throw new InvalidDataException(
                $"Table or index {map.Id} holds {count} entries of {size} bytes, but says {map.Count} of {map.SizeBytes}.");
        }

        return total + Part(map.Id, entries, count, size);
    }
}
