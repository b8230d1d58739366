using System.Buffers.Binary;
using System.IO.Hashing;

namespace Storage.Engine.Log;

/// <summary>
/// A witness in a segment's header block: 24 bytes, little-endian, alone in its sector of 512. The checksum is seeded
/// with the log's identity and covers segment and place, so that no other sector passes for it. What is no mark says
/// nothing: marks only ever add to what the records prove.
/// </summary>
internal static class SegmentMark
{
    /// <summary>
    /// The durable mark stands in two sectors, written at once: a write torn between them, or one damaged sector,
    /// leaves the older or the newer one.
    /// </summary>
    internal const int DurablePlaces = 2;

    /// <summary>Place of the successor mark: the next segment exists durably.</summary>
    internal const int SuccessorPlace = DurablePlaces;

    /// <summary>Bytes from the first durable mark to the end of the second.</summary>
    internal const int TwinBytes = SectorBytes + SizeBytes;

    internal const int SizeBytes = 24;

    private const int SectorBytes = 512;
    private const int ChecksumOffset = 16;

    private static ReadOnlySpan<byte> Magic => "SM\x01"u8;

    /// <summary>Offset of a place in the block.</summary>
    internal static int Offset(int place) => (place + 1) * SectorBytes;

    /// <summary>Makes a mark.</summary>
    /// <param name="destination">At least <see cref="SizeBytes"/>.</param>
    /// <param name="geometry">The log.</param>
    /// <param name="segment">The segment whose block it is for.</param>
    /// <param name="place">The place in the block.</param>
    /// <param name="lsn">Everything up to here is durable.</param>
    internal static void Write(Span<byte> destination, in LogGeometry geometry, int segment, int place, long lsn)
    {
        Magic.CopyTo(destination);
        destination[Magic.Length] = (byte)place;
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], segment);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], lsn);
        BinaryPrimitives.WriteUInt64LittleEndian(
            destination[ChecksumOffset..], XxHash3.HashToUInt64(destination[..ChecksumOffset], geometry.Seed));
    }

    /// <summary>Makes both durable marks and the zeros between them.</summary>
    internal static void WriteTwins(Span<byte> destination, in LogGeometry geometry, int segment, long lsn)
    {
        destination[..TwinBytes].Clear();
        for (var place = 0; place < DurablePlaces; place++)
        {
            Write(destination[(place * SectorBytes)..], geometry, segment, place, lsn);
        }
    }

    /// <summary>The LSN that a mark names; null when there is no mark.</summary>
    internal static long? Read(ReadOnlySpan<byte> block, in LogGeometry geometry, int segment, int place)
    {
        if (block.Length < Offset(place) + SizeBytes)
        {
            return null;
        }

        var mark = block.Slice(Offset(place), SizeBytes);
        var isMark = mark.StartsWith(Magic)
            && mark[Magic.Length] == place
            && BinaryPrimitives.ReadInt32LittleEndian(mark[4..]) == segment
            && BinaryPrimitives.ReadUInt64LittleEndian(mark[ChecksumOffset..]) == XxHash3.HashToUInt64(mark[..ChecksumOffset], geometry.Seed);
        return isMark ? BinaryPrimitives.ReadInt64LittleEndian(mark[8..]) : null;
    }
}
