using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;

namespace Storage.Engine.Partitions;

/// <summary>
/// The rules of a run's filters, which tell of most keys that they are not there. A filter covers the keys below one
/// index block of level 1. It is a row of 64-byte lines; a key sets seven bits of one line, so that asking touches one
/// block and one line. The lines lie in blocks whose first line is the header.
/// </summary>
internal static class RunFilter
{
    internal const int LineBytes = 64;

    /// <summary>Bits of filter for each key or beginning of keys in it.</summary>
    internal const int BitsPerHash = 10;

    /// <summary>Bytes of a key whose hash also goes into the filter: id and hash of the partition key.</summary>
    internal const int PrefixBytes = 12;

    private const int BitsSet = 7;
    private const int LineBits = LineBytes * 8;

    internal static ulong HashOf(ReadOnlySpan<byte> key) => XxHash3.HashToUInt64(key);

    /// <summary>Lines in a block of this size.</summary>
    internal static int LinesIn(int blockBytes) => (blockBytes / LineBytes) - 1;

    /// <summary>Blocks that a filter of so many hashes takes.</summary>
    internal static int BlocksFor(int hashes, int blockBytes)
    {
        var bits = (long)LinesIn(blockBytes) * LineBits;
        return (int)Math.Max(1, (((long)hashes * BitsPerHash) + bits - 1) / bits);
    }

    /// <summary>Offset, from the filter's start, of the line of a hash.</summary>
    internal static int LineOf(ulong hash, int blocks, int blockBytes)
    {
        var perBlock = (uint)LinesIn(blockBytes);
        var line = (uint)(((hash >> 32) * ((uint)blocks * (ulong)perBlock)) >> 32);
        return checked((int)((line / perBlock * (uint)blockBytes) + LineBytes + (line % perBlock * LineBytes)));
    }

    internal static void Set(Span<byte> line, ulong hash)
    {
        var bits = Mix(hash);
        for (var i = 0; i < BitsSet; i++, bits >>= 9)
        {
            var bit = (int)(bits % LineBits);
            line[bit >> 3] |= (byte)(1 << (bit & 7));
        }
    }

    internal static bool IsSet(ReadOnlySpan<byte> line, ulong hash)
    {
        var bits = Mix(hash);
        for (var i = 0; i < BitsSet; i++, bits >>= 9)
        {
            var bit = (int)(bits % LineBits);
            if ((line[bit >> 3] & (1 << (bit & 7))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes the header of a block whose lines are there.</summary>
    internal static void WriteHeader(Span<byte> block)
    {
        block[..LineBytes].Clear();
        block[RunBlock.KindOffset] = (byte)RunBlockKind.Filter;
        BinaryPrimitives.WriteInt32LittleEndian(block[RunBlock.LengthOffset..], block.Length);
        BinaryPrimitives.WriteInt32LittleEndian(block[RunBlock.CountOffset..], LinesIn(block.Length));
    }

    /// <summary>What is wrong with a filter block whose checksum and length are right; null when nothing is.</summary>
    internal static string? FaultOf(ReadOnlySpan<byte> block) =>
        block.Length % LineBytes != 0 || block.Length < 2 * LineBytes
        || BinaryPrimitives.ReadInt32LittleEndian(block[RunBlock.CountOffset..]) != LinesIn(block.Length)
            ? "is no filter block" : null;

    /// <summary>The line takes the hash's upper half; this spreads the lower half too over 63 bits.</summary>
    private static ulong Mix(ulong hash)
    {
        hash ^= BitOperations.RotateLeft(hash, 25);
        hash *= 0x9E37_79B9_7F4A_7C15;
        hash ^= hash >> 32;
        hash *= 0xD6E8_FEB8_6659_FD93;
        return hash ^ (hash >> 32);
    }
}
