using System.Buffers.Binary;

namespace Storage.Engine.Log;

/// <summary>
/// In front of each part of a record that is too long for one entry: 24 bytes, little-endian. It needs no checksum of
/// its own: all it says is compared with what must come next, and the record's own checksums cover the parts.
/// </summary>
/// <param name="Index">Which part, from 0.</param>
/// <param name="Count">How many parts the record has.</param>
/// <param name="RecordBytes">Length of the record, its header included.</param>
/// <param name="Lsn">The record's number.</param>
internal readonly record struct FragmentHeader(int Index, int Count, int RecordBytes, long Lsn)
{
    internal const int SizeBytes = 24;

    /// <summary>"SF", the version of the format, and a zero.</summary>
    internal static ReadOnlySpan<byte> Magic => "SF\x01\0"u8;

    internal void Write(Span<byte> destination)
    {
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], Index);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], RecordBytes);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], Lsn);
    }

    internal static bool TryRead(ReadOnlySpan<byte> source, out FragmentHeader header)
    {
        if (source.Length < SizeBytes || !source.StartsWith(Magic))
        {
            header = default;
            return false;
        }

        header = new FragmentHeader(
            BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]));
        return true;
    }
}
