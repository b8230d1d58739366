using System.Buffers.Binary;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>A live table: its definition, its partitions, its indexes. Replaced as a whole when its definition changes.</summary>
internal sealed class Table
{
    internal Table(
        StoredTable stored,
        PartitionMap partitions,
        SecondaryIndex[] indexes,
        ExpiryIndex? expiry,
        long catalogLsn,
        TableHandle handle)
    {
        Handle = handle;
        Stored = stored;
        Partitions = partitions;
        Indexes = indexes;
        Expiry = expiry;
        Maintained = expiry is null ? indexes : [.. indexes, expiry];
        CatalogLsn = catalogLsn;
    }

    internal StoredTable Stored { get; }

    /// <summary>Leads from any version of this table to its current one.</summary>
    internal TableHandle Handle { get; }

    internal TableDefinition Definition => Stored.Definition;

    internal string Name => Stored.Definition.Name;

    internal KeySchema Key => Stored.Definition.Key;

    internal PartitionMap Partitions { get; }

    /// <summary>Local and global indexes, in the definition's order, those still being built included.</summary>
    internal SecondaryIndex[] Indexes { get; }

    /// <summary>The hidden index of expiry times; null without time to live.</summary>
    internal ExpiryIndex? Expiry { get; }

    /// <summary>All that writers keep: <see cref="Indexes"/>, then <see cref="Expiry"/>.</summary>
    internal ItemIndex[] Maintained { get; }

    /// <summary>LSN of the record that made the table what it is; an answer that shows the definition waits for it.</summary>
    internal long CatalogLsn { get; }

    internal long ItemCount => Partitions.Count;

    /// <summary>DynamoDB's size of all items, bytes.</summary>
    internal long SizeBytes => Partitions.SizeBytes;

    /// <summary>
    /// What an answer waits for that shows the definition and, read before this, the counts of items and bytes.
    /// </summary>
    internal long LastLsn => Indexes.Aggregate(
        Math.Max(CatalogLsn, Partitions.LastLsn), (lsn, index) => Math.Max(lsn, index.Partitions.LastLsn));

    internal SecondaryIndex? FindIndex(ReadOnlySpan<byte> nameUtf8)
    {
        foreach (var index in Indexes)
        {
            if (nameUtf8.SequenceEqual(index.NameUtf8))
            {
                return index;
            }
        }

        return null;
    }

    internal ItemIndex? FindMaintained(uint indexId) => Array.Find(Maintained, index => index.Stored.Id == indexId);

    /// <summary>Makes an item's key from the item, or from a Map of just its key attributes.</summary>
    internal KeyFault TryBuildKey(ValueView item, KeyBuffer key)
    {
        key.Begin(Stored.Id);
        var partition = Key.Partition[0];
        var fault = ReadKeyPart(item, partition, false, out var content);
        if (!fault.IsNone)
        {
            return fault;
        }

        key.AppendPartitionPart(content);
        key.EndPartition();
        if (Key.Sort.Length == 0)
        {
            return default;
        }

        fault = ReadKeyPart(item, Key.Sort[0], true, out content);
        if (fault.IsNone)
        {
            key.AppendSortPart(Key.Sort[0].Type, content);
        }

        return fault;
    }

    /// <summary>Makes an item's key of its parts, as an index entry's key ends with them.</summary>
    internal void BuildKeyOfParts(ReadOnlySpan<byte> parts, KeyBuffer key)
    {
        // Id and hash are not in the entry's key: the item's begins anew.
        var partitionBytes = 2 + BinaryPrimitives.ReadUInt16BigEndian(parts);
        key.Begin(Stored.Id);
        key.Append(parts[..partitionBytes]);
        key.EndPartition();
        key.Append(parts[partitionBytes..]);
    }

    /// <summary>
    /// Finds the first attribute of an index key that the item has in a type (or empty) that the index cannot hold;
    /// DynamoDB refuses to write such an item.
    /// </summary>
    internal KeyFault FindIndexKeyFault(ValueView item, out SecondaryIndex? faulty)
    {
        foreach (var index in Indexes)
        {
            for (var i = 0; i < index.Key.Count; i++)
            {
                var attribute = index.Key[i];
                if (!item.TryGetMember(attribute.NameUtf8, out _))
                {
                    continue;
                }

                var fault = ReadKeyPart(item, attribute, i >= index.Key.Partition.Length, out _);
                if (!fault.IsNone)
                {
                    faulty = index;
                    return fault;
                }
            }
        }

        faulty = null;
        return default;
    }

    private static KeyFault ReadKeyPart(ValueView item, KeyAttribute attribute, bool isSort, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (!item.TryGetMember(attribute.NameUtf8, out var value))
        {
            return new KeyFault(KeyFaultKind.Missing, attribute, default, isSort);
        }

        if (value.Type != attribute.Type)
        {
            return new KeyFault(KeyFaultKind.WrongType, attribute, value.Type, isSort);
        }

        content = value.Scalar;
        if (content.IsEmpty)
        {
            return new KeyFault(KeyFaultKind.Empty, attribute, value.Type, isSort);
        }

        return content.Length > (isSort ? Limits.SortKeyBytesMax : Limits.PartitionKeyBytesMax)
            ? new KeyFault(KeyFaultKind.TooLong, attribute, value.Type, isSort)
            : default;
    }
}
