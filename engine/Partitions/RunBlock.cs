using System.Buffers.Binary;
using Storage.Engine.Encoding;

namespace Storage.Engine.Partitions;

/// <summary>
/// A view of a block with entries in ascending key order:
/// <c>header | prefix that all keys share | entries | their offsets</c>. An entry is the lengths of the rest of its
/// key and of its value, and those two. The view trusts what <see cref="FaultOf"/> has passed.
/// </summary>
internal readonly ref struct RunBlock
{
    internal const int KindOffset = 8;
    internal const int LevelOffset = 9;
    internal const int PrefixLengthOffset = 10;
    internal const int LengthOffset = 12;
    internal const int CountOffset = 16;
    internal const int HeaderBytes = 20;

    /// <summary>Longest key, bytes.</summary>
    internal const int KeyBytesMax = ushort.MaxValue;

    /// <summary>Blocks up to this size have offsets of two bytes, larger ones of four.</summary>
    private const int NarrowBytesMax = 64 * 1024;

    private const int LevelsMax = 32;

    private readonly ReadOnlySpan<byte> bytes;
    private readonly int prefixLength;
    private readonly int table;

    internal RunBlock(ReadOnlySpan<byte> bytes)
    {
        this.bytes = bytes;
        prefixLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[PrefixLengthOffset..]);
        Count = BinaryPrimitives.ReadInt32LittleEndian(bytes[CountOffset..]);
        table = bytes.Length - (Count * OffsetBytes(bytes.Length));
    }

    internal int Count { get; }

    internal ReadOnlySpan<byte> Prefix => bytes.Slice(HeaderBytes, prefixLength);

    /// <summary>Bytes of an offset in a block of this length.</summary>
    internal static int OffsetBytes(int blockBytes) => blockBytes > NarrowBytesMax ? sizeof(uint) : sizeof(ushort);

    internal static RunBlockKind KindOf(ReadOnlySpan<byte> block) => (RunBlockKind)block[KindOffset];

    internal static int LevelOf(ReadOnlySpan<byte> block) => block[LevelOffset];

    /// <summary>The length a block's header states.</summary>
    internal static int LengthOf(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadInt32LittleEndian(block[LengthOffset..]);

    /// <summary>What is wrong with a block that was read at an offset; null when nothing is.</summary>
    internal static string? FaultOf(ReadOnlySpan<byte> block, long offset, in RunChecksum checksum)
    {
        if (block.Length < HeaderBytes)
        {
            return "is too short to be one";
        }

        if (!checksum.Matches(offset, block))
        {
            return "does not match its checksum";
        }

        if (LengthOf(block) != block.Length)
        {
            return "states another length than what refers to it";
        }

        return KindOf(block) == RunBlockKind.Filter ? RunFilter.FaultOf(block) : EntriesFaultOf(block, offset);
    }

    /// <summary>The rest of an entry's key behind the prefix, and its value.</summary>
    internal void Read(int index, out ReadOnlySpan<byte> suffix, out ReadOnlySpan<byte> value)
    {
        var at = OffsetOf(index);
        var suffixLength = VarInt.Read(bytes, ref at);
        var valueLength = VarInt.Read(bytes, ref at);
        suffix = bytes.Slice(at, suffixLength);
        value = bytes.Slice(at + suffixLength, valueLength);
    }

    internal ReadOnlySpan<byte> Suffix(int index)
    {
        var at = OffsetOf(index);
        var suffixLength = VarInt.Read(bytes, ref at);
        _ = VarInt.Read(bytes, ref at);
        return bytes.Slice(at, suffixLength);
    }

    internal ReadOnlySpan<byte> Value(int index)
    {
        Read(index, out _, out var value);
        return value;
    }

    /// <summary>The order of an entry's key and another key.</summary>
    internal int CompareKey(int index, ReadOnlySpan<byte> key)
    {
        var prefix = Prefix;
        if (key.StartsWith(prefix))
        {
            return Suffix(index).SequenceCompareTo(key[prefixLength..]);
        }

        return prefix.SequenceCompareTo(key);
    }

    /// <summary>Entries whose keys are less.</summary>
    internal int LowerBound(ReadOnlySpan<byte> key, out bool found)
    {
        found = false;
        var prefix = Prefix;
        if (!key.StartsWith(prefix))
        {
            return key.SequenceCompareTo(prefix) < 0 ? 0 : Count;
        }

        var suffix = key[prefixLength..];
        var low = 0;
        var high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var order = suffix.SequenceCompareTo(Suffix(middle));
            if (order == 0)
            {
                found = true;
                return middle;
            }

            if (order < 0)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    /// <summary>In an index block, the entry of the child in which a key lies if it is there.</summary>
    internal int ChildOf(ReadOnlySpan<byte> key)
    {
        var index = LowerBound(key, out var found);
        return found || index == 0 ? index : index - 1;
    }

    private int OffsetOf(int index) => bytes.Length > NarrowBytesMax
        ? BinaryPrimitives.ReadInt32LittleEndian(bytes[(table + (index * sizeof(uint)))..])
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes[(table + (index * sizeof(ushort)))..]);

    private static string? EntriesFaultOf(ReadOnlySpan<byte> block, long offset)
    {
        var kind = KindOf(block);
        var level = LevelOf(block);
        if (kind is not (RunBlockKind.Data or RunBlockKind.Index or RunBlockKind.Statistics)
            || (kind == RunBlockKind.Index) != (level > 0) || level > LevelsMax)
        {
            return "is of no known kind";
        }

        var prefix = BinaryPrimitives.ReadUInt16LittleEndian(block[PrefixLengthOffset..]);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(block[CountOffset..]);
        var table = block.Length - (count * OffsetBytes(block.Length));
        var at = HeaderBytes + prefix;
        if (count == 0 || table < at)
        {
            return "states an impossible number of entries";
        }

        var view = new RunBlock(block);
        var entries = block[..(int)table];
        for (var i = 0; i < count; i++)
        {
            if (view.OffsetOf(i) != at
                || !TryReadLength(entries, ref at, out var suffixLength)
                || !TryReadLength(entries, ref at, out var valueLength)
                || (long)suffixLength + valueLength > entries.Length - at
                || prefix + suffixLength > KeyBytesMax)
            {
                return $"has an impossible entry {i}";
            }

            at += suffixLength;
            if (!Fits(kind, level, prefix + suffixLength, entries.Slice(at, valueLength), offset))
            {
                return $"has an impossible entry {i}";
            }

            at += valueLength;
        }

        return at == table ? null : "has bytes that belong to no entry";
    }

    private static bool Fits(RunBlockKind kind, int level, int keyLength, ReadOnlySpan<byte> value, long offset) => kind switch
    {
        RunBlockKind.Index => value.Length == RunReference.BytesAt(level) && RunReference.Read(value).LiesBefore(offset),
        RunBlockKind.Statistics => keyLength == RunTableStatistics.IdBytes && value.Length == RunTableStatistics.SizeBytes,
        _ => true,
    };

    private static bool TryReadLength(ReadOnlySpan<byte> source, ref int at, out int length)
    {
        uint value = 0;
        for (var shift = 0; shift < 35 && at < source.Length; shift += 7)
        {
            var next = source[at++];
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                length = (int)value;
                return length >= 0 && (shift < 28 || next <= 0x07);
            }
        }

        length = 0;
        return false;
    }
}
