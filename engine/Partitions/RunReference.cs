using System.Buffers.Binary;

namespace Storage.Engine.Partitions;

/// <summary>
/// Where a block lies. A reference to an index block of level 1 also knows the length of its filter, which lies right
/// before it.
/// </summary>
internal readonly record struct RunReference(long Offset, int LengthBytes, int FilterBytes)
{
    internal const int SizeBytes = 12;
    internal const int WithFilterBytes = 16;

    internal long End => Offset + LengthBytes;

    internal long FilterOffset => Offset - FilterBytes;

    /// <summary>Bytes of a reference in an index block of this level.</summary>
    internal static int BytesAt(int level) => level == 2 ? WithFilterBytes : SizeBytes;

    internal static RunReference Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadInt64LittleEndian(source),
        BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
        source.Length == WithFilterBytes ? BinaryPrimitives.ReadInt32LittleEndian(source[12..]) : 0);

    /// <summary>Writes <see cref="SizeBytes"/>, or <see cref="WithFilterBytes"/> when there is room for them.</summary>
    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, Offset);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], LengthBytes);
        if (destination.Length >= WithFilterBytes)
        {
            BinaryPrimitives.WriteInt32LittleEndian(destination[12..], FilterBytes);
        }
    }

    /// <summary>True for a place that lies whole before an offset: what refers to a block is written behind it.</summary>
    internal bool LiesBefore(long offset) =>
        Offset >= 0 && LengthBytes >= RunBlock.HeaderBytes && FilterBytes >= 0 && FilterOffset >= 0
        && Offset <= offset - LengthBytes;
}
