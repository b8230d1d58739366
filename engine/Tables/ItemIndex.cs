using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// Entries that follow a table's items in the same records: a secondary index, or the hidden index of expiry times.
/// </summary>
internal abstract class ItemIndex(StoredIndex stored, PartitionMap partitions)
{
    internal StoredIndex Stored { get; } = stored;

    internal PartitionMap Partitions { get; } = partitions;

    /// <summary>False while items from before the index are still being added.</summary>
    internal bool IsActive => Stored.Status == IndexStatus.Active;

    /// <summary>Makes the key of an item's entry: what the index orders by, then the base key's parts. False when it has none.</summary>
    internal abstract bool TryBuildEntryKey(ValueView item, ReadOnlySpan<byte> baseItemKey, KeyBuffer key);

    /// <summary>Writes what the item's entry holds, as a Map that is not empty.</summary>
    internal abstract void Project(ValueView item, ValueWriter image);
}
