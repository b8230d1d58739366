using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// The keys a Query or Scan reads: <see cref="Low"/> &lt;= key &lt; <see cref="High"/>. Index entries have the base key
/// behind the index key, so every bound is made of prefixes and holds for them as for a table's keys. Reusable.
/// </summary>
internal sealed class KeyRange
{
    internal KeyBuffer Low { get; } = new();

    internal KeyBuffer High { get; } = new();

    /// <summary>The keys that a key condition admits; a fault when one of its values cannot be a key's.</summary>
    internal KeyFault Start(uint id, KeySchema key, in KeyCondition condition)
    {
        for (var i = 0; i < condition.PartitionCount; i++)
        {
            var fault = Check(key.Partition[i], condition.Partition(i), Limits.PartitionKeyBytesMax, false);
            if (!fault.IsNone)
            {
                return fault;
            }
        }

        BeginPrefix(Low, id, key, condition);
        BeginPrefix(High, id, key, condition);
        return condition.Sort == SortOperator.None ? EndAtPrefix() : StartSort(key.Sort[condition.SortPrefixCount], condition);
    }

    /// <summary>The keys of one segment of a parallel Scan; segment 0 of 1 is the whole table or index.</summary>
    internal void Start(uint id, int segment, int totalSegments)
    {
        Low.BeginAtHash(id, PartitionMap.SegmentStart(segment, totalSegments));
        if (segment + 1 < totalSegments)
        {
            High.BeginAtHash(id, PartitionMap.SegmentStart(segment + 1, totalSegments));
        }
        else
        {
            High.BeginAtHash(id + 1, 0);
        }
    }

    internal bool Contains(ReadOnlySpan<byte> key) =>
        key.SequenceCompareTo(Low.Span) >= 0 && key.SequenceCompareTo(High.Span) < 0;

    /// <summary>True when the key has the partition key that the range is about; for ranges of key conditions only.</summary>
    internal bool IsInCollection(ReadOnlySpan<byte> key, KeySchema schema)
    {
        var length = CollectionLength(schema);
        return key.Length >= length && key[..length].SequenceEqual(Low.Span[..length]);
    }

    /// <summary>Leaves only the keys behind one, in the direction read.</summary>
    internal void Resume(ReadOnlySpan<byte> behind, bool ascending)
    {
        if (ascending)
        {
            Low.CopyFrom(behind);
            Low.MoveBehind();
        }
        else
        {
            High.CopyFrom(behind);
        }
    }

    private KeyFault StartSort(KeyAttribute attribute, in KeyCondition condition)
    {
        var fault = Check(attribute, condition.SortValue, Limits.SortKeyBytesMax, true);
        if (fault.IsNone && condition.Sort == SortOperator.Between)
        {
            fault = Check(attribute, condition.SortUpper, Limits.SortKeyBytesMax, true);
        }

        if (!fault.IsNone)
        {
            return fault;
        }

        var value = new ValueView(condition.SortValue).Scalar;
        switch (condition.Sort)
        {
            case SortOperator.Equal:
                Low.AppendSortPart(attribute.Type, value);
                High.AppendSortPart(attribute.Type, value);
                break;
            case SortOperator.Less:
                High.AppendSortPart(attribute.Type, value);
                return default; // what equals the value begins at its part: exclusive as it stands
            case SortOperator.LessOrEqual:
                High.AppendSortPart(attribute.Type, value);
                break;
            case SortOperator.Greater:
                Low.AppendSortPart(attribute.Type, value);
                Low.MoveBehindPrefix();
                break;
            case SortOperator.GreaterOrEqual:
                Low.AppendSortPart(attribute.Type, value);
                break;
            case SortOperator.Between:
                Low.AppendSortPart(attribute.Type, value);
                High.AppendSortPart(attribute.Type, new ValueView(condition.SortUpper).Scalar);
                break;
            default:
                Low.AppendSortPrefix(attribute.Type, value);
                High.AppendSortPrefix(attribute.Type, value);
                break;
        }

        return EndAtPrefix();
    }

    /// <summary>Makes the high bound include everything that begins with it.</summary>
    private KeyFault EndAtPrefix()
    {
        High.MoveBehindPrefix();
        return default;
    }

    private static void BeginPrefix(KeyBuffer bound, uint id, KeySchema key, in KeyCondition condition)
    {
        bound.Begin(id);
        for (var i = 0; i < condition.PartitionCount; i++)
        {
            bound.AppendPartitionPart(new ValueView(condition.Partition(i)).Scalar);
        }

        bound.EndPartition();
        for (var i = 0; i < condition.SortPrefixCount; i++)
        {
            bound.AppendSortPart(key.Sort[i].Type, new ValueView(condition.SortPrefix(i)).Scalar);
        }
    }

    /// <summary>Bytes of id, hash and partition key at the start of the low bound.</summary>
    private int CollectionLength(KeySchema schema)
    {
        var length = KeyBuffer.PartsOffset;
        for (var i = 0; i < schema.Partition.Length; i++)
        {
            length += 2 + System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(Low.Span[length..]);
        }

        return length;
    }

    /// <summary>A longer value would not fit its length field; an empty one names no item.</summary>
    private static KeyFault Check(KeyAttribute attribute, ReadOnlySpan<byte> encoded, int bytesMax, bool isSort)
    {
        var value = new ValueView(encoded);
        var content = value.Scalar;
        return content.Length > bytesMax ? new KeyFault(KeyFaultKind.TooLong, attribute, value.Type, isSort)
            : content.IsEmpty ? new KeyFault(KeyFaultKind.Empty, attribute, value.Type, isSort)
            : default;
    }
}
