using System.Buffers.Binary;
using System.IO.Hashing;
using Storage.Engine.Model;

namespace Storage.Engine.Encoding;

/// <summary>
/// Builds order-preserving keys: id (u32 BE) | hash of the partition key (u64 BE) | partition key parts, each u16 BE
/// length and bytes | sort key parts, self-delimiting. One memory compare of two keys orders them as DynamoDB does
/// within a partition key, and by hash across partition keys. Reusable.
/// <para>Sort parts: numbers as <see cref="NumberCodec"/> writes them; strings and binary with 00 as 00 FF and 00 00
/// at the end, so that no part is a prefix of another.</para>
/// </summary>
internal sealed class KeyBuffer
{
    /// <summary>Offset of the partition hash.</summary>
    internal const int HashOffset = 4;

    /// <summary>Offset of the partition key parts.</summary>
    internal const int PartsOffset = 12;

    private byte[] bytes = new byte[128];
    private int length;
    private int partsStart;

    internal ReadOnlySpan<byte> Span => bytes.AsSpan(0, length);

    internal int Length => length;

    /// <summary>Starts a key of a table or index.</summary>
    internal void Begin(uint id)
    {
        length = PartsOffset;
        partsStart = PartsOffset;
        BinaryPrimitives.WriteUInt32BigEndian(bytes, id);
    }

    /// <summary>Adds a partition key attribute's content.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The content is longer than its length field can say.</exception>
    internal void AppendPartitionPart(ReadOnlySpan<byte> scalar)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scalar.Length, ushort.MaxValue, nameof(scalar));
        var room = Grow(2 + scalar.Length);
        BinaryPrimitives.WriteUInt16BigEndian(room, (ushort)scalar.Length);
        scalar.CopyTo(room[2..]);
        length += 2 + scalar.Length;
    }

    /// <summary>Finishes the partition key: its hash decides the partition.</summary>
    internal void EndPartition() => BinaryPrimitives.WriteUInt64BigEndian(
        bytes.AsSpan(HashOffset), XxHash3.HashToUInt64(bytes.AsSpan(partsStart, length - partsStart)));

    /// <summary>Adds a sort key attribute's content.</summary>
    internal void AppendSortPart(AttributeType type, ReadOnlySpan<byte> scalar)
    {
        AppendSortPrefix(type, scalar);
        if (type != AttributeType.N)
        {
            Grow(2)[..2].Clear();
            length += 2;
        }
    }

    /// <summary>Adds a sort key's first bytes without its end: everything that begins with them has this prefix.</summary>
    internal void AppendSortPrefix(AttributeType type, ReadOnlySpan<byte> scalar)
    {
        if (type == AttributeType.N)
        {
            Append(scalar);
            return;
        }

        var room = Grow(2 * scalar.Length);
        var used = 0;
        foreach (var value in scalar)
        {
            room[used++] = value;
            if (value == 0)
            {
                room[used++] = 0xFF;
            }
        }

        length += used;
    }

    /// <summary>Adds bytes as they are: the base key's parts behind an index key's.</summary>
    internal void Append(ReadOnlySpan<byte> raw)
    {
        raw.CopyTo(Grow(raw.Length));
        length += raw.Length;
    }

    internal void CopyFrom(ReadOnlySpan<byte> key)
    {
        length = 0;
        Append(key);
    }

    /// <summary>Becomes the smallest key greater than this key itself.</summary>
    internal void MoveBehind()
    {
        Grow(1)[0] = 0;
        length++;
    }

    /// <summary>Becomes the smallest key greater than every key that begins with this one. False when there is none.</summary>
    internal bool MoveBehindPrefix()
    {
        while (length > 0)
        {
            if (bytes[length - 1] < 0xFF)
            {
                bytes[length - 1]++;
                return true;
            }

            length--;
        }

        return false;
    }

    /// <summary>Starts a bound at a hash: below every key whose partition hash is at least that.</summary>
    internal void BeginAtHash(uint id, ulong hash)
    {
        Begin(id);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(HashOffset), hash);
    }

    private Span<byte> Grow(int count)
    {
        if (bytes.Length - length < count)
        {
            Array.Resize(ref bytes, Math.Max(length + count, bytes.Length * 2));
        }

        return bytes.AsSpan(length);
    }
}
