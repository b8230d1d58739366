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
    /// <see cref="ItemWrite.IndexWriteUnits"/>: an index is charged only when its entries change, and twice when an
    /// entry moves. Source: Developer Guide, and captured consumption.
    /// </summary>
    internal void Collect(ItemWrite write, ReadOnlySpan<byte> old, ReadOnlySpan<byte> image, IndexDeltas deltas)
    {
        var table = write.Table;
        if (write.IndexWriteUnits.Length != table.Indexes.Length)
        {
            write.IndexWriteUnits = new int[table.Indexes.Length];
        }

        for (var i = 0; i < table.Indexes.Length; i++)
        {
            write.IndexWriteUnits[i] = Collect(table.Indexes[i], write.Key.Span, old, image, deltas);
        }
    }

    /// <summary>The entry of one item in one index, for a backfill. False when the item is not in the index.</summary>
    internal bool TryCollectMissing(SecondaryIndex index, ReadOnlySpan<byte> baseKey, ReadOnlySpan<byte> image, IndexDeltas deltas)
    {
        var item = new ValueView(image);
        if (!index.TryBuildEntryKey(item, baseKey, newKey))
        {
            return false;
        }

        newImage.Clear();
        index.Partitions.Route(newKey.Span).Read(newKey.Span, newImage, out var present);
        if (present)
        {
            return false;
        }

        Project(index, item, newImage, out var size);
        deltas.Add(newKey.Span, 0, size, newImage.Written);
        return true;
    }

    private int Collect(
        SecondaryIndex index, ReadOnlySpan<byte> baseKey, ReadOnlySpan<byte> old, ReadOnlySpan<byte> image, IndexDeltas deltas)
    {
        var units = 0;
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

        if (had && has && oldKey.Span.SequenceEqual(newKey.Span))
        {
            if (!oldImage.Written.SequenceEqual(newImage.Written))
            {
                deltas.Add(newKey.Span, oldSize, newSize, newImage.Written);
                units = Units(Math.Max(oldSize, newSize));
            }

            return units;
        }

        if (had)
        {
            deltas.Add(oldKey.Span, oldSize, 0, default);
            units += Units(oldSize);
        }

        if (has)
        {
            deltas.Add(newKey.Span, 0, newSize, newImage.Written);
            units += Units(newSize);
        }

        return units;
    }

    private static void Project(SecondaryIndex index, ValueView item, ValueWriter image, out int sizeBytes)
    {
        image.Clear();
        index.Project(item, image);
        sizeBytes = new ValueView(image.Written).ItemSizeBytes;
    }

    private static int Units(int sizeBytes) => Math.Max(1, (sizeBytes + WriteUnitBytes - 1) / WriteUnitBytes);
}
