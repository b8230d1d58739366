using System.Buffers.Binary;
using Storage.Engine.Encoding;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// The hidden index of a table with time to live: its items in the order in which they expire, so that finding what is
/// due costs what is due. Entry key: id (u32 BE), expiry in seconds since 1970 (u64 BE, where other keys have the hash),
/// parts of the item's key. It has one partition, which that order needs.
/// </summary>
internal sealed class ExpiryIndex(string attribute, StoredIndex stored, PartitionMap partitions, ExpiryBound bound)
    : ItemIndex(stored, partitions)
{
    internal const int PartitionCount = 1;

    private readonly byte[] attributeUtf8 = System.Text.Encoding.UTF8.GetBytes(attribute);

    /// <summary>Name of the time-to-live attribute.</summary>
    internal string Attribute { get; } = attribute;

    /// <summary>Below it there is no entry; of the index, whatever becomes of its table's definition.</summary>
    internal ExpiryBound Bound { get; } = bound;

    internal override bool TryBuildEntryKey(ValueView item, ReadOnlySpan<byte> baseItemKey, KeyBuffer key)
    {
        if (!TryReadExpiry(item, out var seconds))
        {
            return false;
        }

        BuildLow(seconds, key);
        key.Append(baseItemKey[KeyBuffer.PartsOffset..]);
        return true;
    }

    /// <summary>The key says it all. The image is the same for all items: one that keeps its expiry changes no entry.</summary>
    internal override void Project(ValueView item, ValueWriter image)
    {
        // Not an empty Map: an entry without a size would pass for one that is not there.
        var mark = image.Begin(ValueTag.Map);
        image.BeginMember("e"u8);
        image.WriteNull();
        image.End(mark);
    }

    /// <summary>The second in which an item expires; false when it never does.</summary>
    internal bool TryReadExpiry(ValueView item, out long seconds) => ExpiryTime.TryRead(item, attributeUtf8, out seconds);

    /// <summary>Makes the smallest key of the entries that expire at or behind a second.</summary>
    internal void BuildLow(long seconds, KeyBuffer key) => key.BeginAtHash(Stored.Id, (ulong)seconds);

    /// <summary>The second in which an entry's item expires.</summary>
    internal static long SecondsOf(ReadOnlySpan<byte> entryKey) =>
        (long)BinaryPrimitives.ReadUInt64BigEndian(entryKey[KeyBuffer.HashOffset..]);
}
