using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>A live index: its definition, its partitions, and how an item becomes its entry.</summary>
internal sealed class SecondaryIndex : ItemIndex
{
    private readonly KeySchema baseKey;
    private readonly byte[][] projected;

    internal SecondaryIndex(IndexDefinition definition, StoredIndex stored, KeySchema baseKey, PartitionMap partitions)
        : base(stored, partitions)
    {
        Definition = definition;
        this.baseKey = baseKey;
        NameUtf8 = System.Text.Encoding.UTF8.GetBytes(definition.Name);
        projected = [.. definition.NonKeyAttributes.Select(System.Text.Encoding.UTF8.GetBytes)];
    }

    internal IndexDefinition Definition { get; }

    internal byte[] NameUtf8 { get; }

    internal KeySchema Key => Definition.Key;

    /// <summary>Entries in the index.</summary>
    internal long ItemCount => Partitions.Count;

    /// <summary>DynamoDB's size of all entries, bytes.</summary>
    internal long SizeBytes => Partitions.SizeBytes;

    /// <summary>
    /// Makes the entry's key: the index key's parts, then the base key's. False when the item is not in the index: it
    /// lacks an attribute of the index key, or holds in it what no key can, from a time before the index.
    /// </summary>
    internal override bool TryBuildEntryKey(ValueView item, ReadOnlySpan<byte> baseItemKey, KeyBuffer key)
    {
        if (!TryBuildKeyParts(item, key))
        {
            return false;
        }

        key.Append(baseItemKey[KeyBuffer.PartsOffset..]);
        return true;
    }

    /// <summary>Writes the attributes of an item that the index holds, as a Map.</summary>
    internal override void Project(ValueView item, ValueWriter image)
    {
        if (Definition.Projection == ProjectionType.All)
        {
            image.WriteEncoded(item.Encoded);
            return;
        }

        var mark = image.Begin(ValueTag.Map);
        foreach (var member in item.Members)
        {
            if (Holds(member.Name))
            {
                image.BeginMember(member.Name);
                image.WriteEncoded(member.Value.Encoded);
            }
        }

        image.End(mark);
    }

    /// <summary>True when the index's entries hold that attribute.</summary>
    internal bool Holds(ReadOnlySpan<byte> name)
    {
        if (Definition.Projection == ProjectionType.All || Key.Contains(name) || baseKey.Contains(name))
        {
            return true;
        }

        foreach (var attribute in projected)
        {
            if (name.SequenceEqual(attribute))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryBuildKeyParts(ValueView item, KeyBuffer key)
    {
        key.Begin(Stored.Id);
        foreach (var attribute in Key.Partition)
        {
            if (!TryReadPart(item, attribute, Limits.PartitionKeyBytesMax, out var content))
            {
                return false;
            }

            key.AppendPartitionPart(content);
        }

        key.EndPartition();
        foreach (var attribute in Key.Sort)
        {
            if (!TryReadPart(item, attribute, Limits.SortKeyBytesMax, out var content))
            {
                return false;
            }

            key.AppendSortPart(attribute.Type, content);
        }

        return true;
    }

    private static bool TryReadPart(ValueView item, KeyAttribute attribute, int bytesMax, out ReadOnlySpan<byte> content)
    {
        content = item.TryGetMember(attribute.NameUtf8, out var value) && value.Type == attribute.Type ? value.Scalar : default;
        return !content.IsEmpty && content.Length <= bytesMax;
    }
}
