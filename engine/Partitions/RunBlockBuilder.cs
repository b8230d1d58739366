using System.Buffers.Binary;
using Storage.Engine.Encoding;

namespace Storage.Engine.Partitions;

/// <summary>Collects ascending entries for one block at a time. Reusable.</summary>
internal sealed class RunBlockBuilder(int bytesMax, int entriesMin)
{
    private readonly EntryPage entries = new();
    private byte[] block = [];
    private int prefixLength; // that all keys so far share
    private long lengthsBytes; // of the entries' lengths, as if there were no prefix

    internal int Count => entries.Count;

    /// <summary>True when the block holds too little to be closed, or has room for one more entry.</summary>
    internal bool Takes(ReadOnlySpan<byte> key, int valueLength)
    {
        if (entries.Count < entriesMin)
        {
            return true;
        }

        var count = entries.Count + 1;
        var prefix = Math.Min(prefixLength, entries.Key(0).CommonPrefixLength(key));
        var size = RunBlock.HeaderBytes + prefix + entries.Bytes + key.Length + (long)valueLength - ((long)count * prefix)
            + lengthsBytes + LengthsBytes(key.Length, valueLength);
        return size + ((long)count * sizeof(ushort)) <= bytesMax;
    }

    internal void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        prefixLength = entries.Count == 0 ? key.Length : Math.Min(prefixLength, entries.Key(0).CommonPrefixLength(key));
        lengthsBytes += LengthsBytes(key.Length, value.Length);
        entries.Add(key, default, value);
    }

    /// <summary>The finished block, without its checksum, valid until the next call; the builder begins another.</summary>
    internal Span<byte> Close(RunBlockKind kind, int level)
    {
        var bytes = Write(kind, level);
        entries.Clear();
        lengthsBytes = 0;
        return bytes;
    }

    private Span<byte> Write(RunBlockKind kind, int level)
    {
        // The lengths take a little less than if there were no prefix; the offsets at most four bytes.
        var bound = RunBlock.HeaderBytes + prefixLength + entries.Bytes + lengthsBytes + ((long)entries.Count * sizeof(uint));
        if (block.Length < bound)
        {
            block = new byte[checked((int)Math.Max(bound, bytesMax))];
        }

        entries.Key(0)[..prefixLength].CopyTo(block.AsSpan(RunBlock.HeaderBytes));
        var at = RunBlock.HeaderBytes + prefixLength;
        for (var i = 0; i < entries.Count; i++)
        {
            at += WriteEntry(block.AsSpan(at), entries.Key(i)[prefixLength..], entries.Value(i));
        }

        // Offsets are narrow unless the block is larger than 64 KB with them; see RunBlock.
        var offsetBytes = RunBlock.OffsetBytes(at + (entries.Count * sizeof(ushort)));
        var length = at + (entries.Count * offsetBytes);
        WriteOffsets(block.AsSpan(at, length - at), offsetBytes);
        var header = block.AsSpan(0, RunBlock.HeaderBytes);
        header.Clear();
        header[RunBlock.KindOffset] = (byte)kind;
        header[RunBlock.LevelOffset] = (byte)level;
        BinaryPrimitives.WriteUInt16LittleEndian(header[RunBlock.PrefixLengthOffset..], (ushort)prefixLength);
        BinaryPrimitives.WriteInt32LittleEndian(header[RunBlock.LengthOffset..], length);
        BinaryPrimitives.WriteInt32LittleEndian(header[RunBlock.CountOffset..], entries.Count);
        return block.AsSpan(0, length);
    }

    private void WriteOffsets(Span<byte> destination, int offsetBytes)
    {
        var at = RunBlock.HeaderBytes + prefixLength;
        for (var i = 0; i < entries.Count; i++)
        {
            if (offsetBytes == sizeof(ushort))
            {
                BinaryPrimitives.WriteUInt16LittleEndian(destination[(i * sizeof(ushort))..], (ushort)at);
            }
            else
            {
                BinaryPrimitives.WriteInt32LittleEndian(destination[(i * sizeof(uint))..], at);
            }

            var suffixLength = entries.Key(i).Length - prefixLength;
            var valueLength = entries.Value(i).Length;
            at += LengthsBytes(suffixLength, valueLength) + suffixLength + valueLength;
        }
    }

    private static int WriteEntry(Span<byte> destination, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> value)
    {
        var at = VarInt.Write(destination, suffix.Length);
        at += VarInt.Write(destination[at..], value.Length);
        suffix.CopyTo(destination[at..]);
        value.CopyTo(destination[(at + suffix.Length)..]);
        return at + suffix.Length + value.Length;
    }

    private static int LengthsBytes(int keyLength, int valueLength) =>
        VarInt.SizeBytes(keyLength) + VarInt.SizeBytes(valueLength);
}
