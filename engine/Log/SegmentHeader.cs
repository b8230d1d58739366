using System.Buffers.Binary;
using System.IO.Hashing;

namespace Storage.Engine.Log;

/// <summary>
/// The block in front of a segment file's data: whose log it is part of, which part, and the log's sizes.
/// 48 bytes, little-endian. The rest of the 4096-byte block is zero but for its marks (<see cref="SegmentMark"/>).
/// </summary>
internal static class SegmentHeader
{
    /// <summary>Bytes of the block; data starts behind it, aligned with the pages of file systems.</summary>
    internal const int BlockBytes = 4096;

    internal const int SizeBytes = 48;
    private const int ChecksumOffset = 40;

    /// <summary>Version of the log's formats: segments, records and fragments.</summary>
    internal const byte Version = 2;

    /// <summary>
    /// Segments of this version were written by builds that knew no marks, and may have been left without a header by a
    /// crash. Marks are written into them as well.
    /// </summary>
    internal const byte VersionWithoutMarks = 1;

    private static ReadOnlySpan<byte> Magic => "STORLOG"u8;

    /// <summary>The block of a new segment. It has durable marks from the start, so that a segment without any is damaged.</summary>
    internal static byte[] Block(int segment, LogGeometry geometry)
    {
        var block = new byte[BlockBytes];
        Magic.CopyTo(block);
        block[Magic.Length] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(8), segment);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(12), geometry.PageSizeBits);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(16), geometry.SegmentSizeBits);
        _ = geometry.InstanceId.TryWriteBytes(block.AsSpan(24), bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(
            block.AsSpan(ChecksumOffset), XxHash3.HashToUInt64(block.AsSpan(0, ChecksumOffset)));
        SegmentMark.WriteTwins(block.AsSpan(SegmentMark.Offset(0)), geometry, segment, lsn: 0);
        return block;
    }

    /// <summary>The version a block says it is of; 0 when it is no segment header at all.</summary>
    internal static byte VersionOf(ReadOnlySpan<byte> block) =>
        block.Length >= SizeBytes && block.StartsWith(Magic) ? block[Magic.Length] : (byte)0;

    /// <summary>True for the versions that this build reads.</summary>
    internal static bool IsRead(byte version) => version is Version or VersionWithoutMarks;

    internal static bool TryRead(ReadOnlySpan<byte> block, out int segment, out LogGeometry geometry)
    {
        segment = 0;
        geometry = default;
        if (!IsRead(VersionOf(block))
            || BinaryPrimitives.ReadUInt64LittleEndian(block[ChecksumOffset..]) != XxHash3.HashToUInt64(block[..ChecksumOffset]))
        {
            return false;
        }

        segment = BinaryPrimitives.ReadInt32LittleEndian(block[8..]);
        geometry = Geometry(
            BinaryPrimitives.ReadInt32LittleEndian(block[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(block[16..]),
            new Guid(block.Slice(24, 16), bigEndian: true));
        return true;
    }

    /// <summary>A log's sizes with the seed of its checksums, which is the XXH3 of its identity.</summary>
    internal static LogGeometry Geometry(int pageSizeBits, int segmentSizeBits, Guid instanceId)
    {
        Span<byte> id = stackalloc byte[16];
        _ = instanceId.TryWriteBytes(id, bigEndian: true, out _);
        return new LogGeometry(pageSizeBits, segmentSizeBits, instanceId, unchecked((long)XxHash3.HashToUInt64(id)));
    }
}
