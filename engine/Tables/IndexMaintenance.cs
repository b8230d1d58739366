using Storage.Engine.Encoding;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>Finds the index entries that a change of an item adds, replaces and removes. Reusable.</summary>
internal sealed class IndexMaintenance
{
    private const int WriteUnitBytes = 1024;

    private readonly KeyBuffer oldKey = new();
    private readonly KeyBuffer newKey = new();
    private readonly ValueWriter oldImage = ValueWriter.Rent();
    private readonly ValueWriter newImage = ValueWriter.Rent();

    /// <summary>
    /// Collects the entries of all indexes of the write's table; an empty span is an absent item. Sets
    /// <see cref="ItemWrite.AddedExpirySeconds"/> and <see cref="ItemWrite.IndexWriteUnits"/>: an index is charged only when its entries change, and twice when an
    /// entry moves. Source: Developer Guide, and captured consumption. False when it is not known whether an index that
    /// is being filled has the old entry already; the key is noted in <paramref name="cold"/>.
    /// </summary>
    internal bool TryCollect(
        ItemWrite write, ReadOnlySpan<byte> old, ReadOnlySpan<byte> image, IndexDeltas deltas, ColdEntries cold)
    {
        var table = write.Table;
        if (write.IndexWriteUnits.Length != table.Indexes.Length)
        {
            write.IndexWriteUnits = new int[table.Indexes.Length];
        }

        var allKnown = true;
        for (var i = 0; i < table.Indexes.Length; i++)
        {
            allKnown &= TryCollect(table.Indexes[i], write.Key.Span, old, image, deltas, cold, out write.IndexWriteUnits[i], out _);
        }

        if (table.Expiry is { } expiry)
        {
            // Hidden: it is not charged for.
            allKnown &= TryCollect(expiry, write.Key.Span, old, image, deltas, cold, out _, out var added);
            write.AddedExpirySeconds = added ? ExpiryIndex.SecondsOf(newKey.Span) : 0;
        }

        return allKnown;
    }

    /// <summary>
    /// The entry of one item in one index when the index lacks it, for a backfill. False when it is not known whether it
    /// does; the key is noted in <paramref name="cold"/>.
    /// </summary>
    internal bool TryCollectMissing(
        ItemIndex index, ReadOnlySpan<byte> baseKey, ReadOnlySpan<byte> image, IndexDeltas deltas, ColdEntries cold)
    {
        var item = new ValueView(image);
        if (!index.TryBuildEntryKey(item, baseKey, newKey))
        {
            return true;
        }

        if (!cold.TryContains(index.Partitions.Route(newKey.Span), newKey.Span, out var present))
        {
            return false;
        }

        if (!present)
        {
            Project(index, item, newImage, out var size);
            deltas.Add(newKey.Span, 0, size, newImage.Written);
        }

        return true;
    }

    private bool TryCollect(
        ItemIndex index,
        ReadOnlySpan<byte> baseKey,
        ReadOnlySpan<byte> old,
        ReadOnlySpan<byte> image,
        IndexDeltas deltas,
        ColdEntries cold,
        out int units,
        out bool added)
    {
        units = 0;
        added = false;
        var oldSize = 0;
        var newSize = 0;
        var had = !old.IsEmpty && index.TryBuildEntryKey(new ValueView(old), baseKey, oldKey);
        var has = !image.IsEmpty && index.TryBuildEntryKey(new ValueView(image), baseKey, newKey);
        if (had)
        {
            Project(index, new ValueView(old), oldImage, out oldSize);
        }

        if (has)
        {
            Project(index, new ValueView(image), newImage, out newSize);
        }

        var stays = had && has && oldKey.Span.SequenceEqual(newKey.Span);
        if (stays && oldImage.Written.SequenceEqual(newImage.Written))
        {
            return true;
        }

        units = stays ? Units(Math.Max(oldSize, newSize)) : (had ? Units(oldSize) : 0) + (has ? Units(newSize) : 0);
        if (had && !index.IsActive)
        {
            // The backfill may not have come here yet: a record tells of no entry that is not there.
            if (!cold.TryContains(index.Partitions.Route(oldKey.Span), oldKey.Span, out had))
            {
                return false;
            }

            oldSize = had ? oldSize : 0;
        }

        if (had && !stays)
        {
            deltas.Add(oldKey.Span, oldSize, 0, default);
        }

        added = has;
        if (has)
        {
            deltas.Add(newKey.Span, stays ? oldSize : 0, newSize, newImage.Written);
        }

        return true;
    }

    private static void Project(ItemIndex index, ValueView item, ValueWriter image, out int sizeBytes)
    {
        image.Clear();
        index.Project(item, image);
        sizeBytes = new ValueView(image.Written).ItemSizeBytes;
    }

    private static int Units(int sizeBytes) => Math.Max(1, (sizeBytes + WriteUnitBytes - 1) / WriteUnitBytes);
}
