using System.Buffers.Binary;
using System.IO.Hashing;
using Storage.Engine.Files;

namespace Storage.Engine.Partitions;

/// <summary>The last bytes of a run: whose it is, what it holds, and where its root lies. Fixed size, little-endian.</summary>
/// <param name="Store">Identity of the store.</param>
/// <param name="Kind">What its entries are.</param>
/// <param name="RootLevel">Level of the root: 0 is a data block.</param>
/// <param name="FilterBlockBytes">Of every filter block.</param>
/// <param name="Root">The root; its length is 0 when there is no entry.</param>
/// <param name="Statistics">The statistics block; its length is 0 when there is no entry.</param>
/// <param name="Info">What the manifest knows of it.</param>
internal sealed record RunFooter(
    Guid Store, RunKind Kind, int RootLevel, int FilterBlockBytes, RunReference Root, RunReference Statistics, RunInfo Info)
{
    internal const int SizeBytes = 128;

    /// <summary>Version of the format of runs and history files.</summary>
    internal const byte Version = 1;

    private const int ChecksumOffset = 112;
    private const int MagicOffset = 120;
    private const int VersionOffset = 127;

    private static ReadOnlySpan<byte> Magic => "STORRUN"u8;

    /// <summary>Writes the footer; returns its checksum, whatever <see cref="RunInfo.Checksum"/> says.</summary>
    internal ulong Write(Span<byte> destination)
    {
        destination[..SizeBytes].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(destination, Info.Level);
        destination[4] = (byte)Kind;
        destination[5] = (byte)RootLevel;
        _ = Store.TryWriteBytes(destination[8..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], Info.Number);
        BinaryPrimitives.WriteInt64LittleEndian(destination[32..], Info.FirstLsn);
        BinaryPrimitives.WriteInt64LittleEndian(destination[40..], Info.LastLsn);
        BinaryPrimitives.WriteInt64LittleEndian(destination[48..], Info.LastTimeMicros);
        BinaryPrimitives.WriteInt64LittleEndian(destination[56..], Info.EntryCount);
        BinaryPrimitives.WriteInt64LittleEndian(destination[64..], Info.RemovalCount);
        Root.Write(destination.Slice(72, RunReference.WithFilterBytes));
        Statistics.Write(destination.Slice(88, RunReference.SizeBytes));
        BinaryPrimitives.WriteInt32LittleEndian(destination[100..], FilterBlockBytes);
        var checksum = XxHash3.HashToUInt64(destination[..ChecksumOffset]);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[ChecksumOffset..], checksum);
        Magic.CopyTo(destination[MagicOffset..]);
        destination[VersionOffset] = Version;
        return checksum;
    }

    /// <summary>The version a footer says it is of; 0 when it is none.</summary>
    internal static byte VersionOf(ReadOnlySpan<byte> footer) =>
        footer.Length == SizeBytes && footer[MagicOffset..].StartsWith(Magic) ? footer[VersionOffset] : (byte)0;

    /// <summary>Reads the footer of a file of that length; null when it is damaged or describes no such file.</summary>
    internal static RunFooter? TryRead(ReadOnlySpan<byte> source, long fileBytes)
    {
        if (VersionOf(source) != Version
            || BinaryPrimitives.ReadUInt64LittleEndian(source[ChecksumOffset..]) != XxHash3.HashToUInt64(source[..ChecksumOffset]))
        {
            return null;
        }

        var footer = new RunFooter(
            new Guid(source.Slice(8, 16), bigEndian: true),
            (RunKind)source[4],
            source[5],
            BinaryPrimitives.ReadInt32LittleEndian(source[100..]),
            RunReference.Read(source.Slice(72, RunReference.WithFilterBytes)),
            RunReference.Read(source.Slice(88, RunReference.SizeBytes)),
            new RunInfo(
                BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
                BinaryPrimitives.ReadInt32LittleEndian(source),
                BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
                BinaryPrimitives.ReadInt64LittleEndian(source[40..]),
                fileBytes,
                BinaryPrimitives.ReadInt64LittleEndian(source[56..]),
                BinaryPrimitives.ReadInt64LittleEndian(source[64..]),
                BinaryPrimitives.ReadInt64LittleEndian(source[48..]),
                BinaryPrimitives.ReadUInt64LittleEndian(source[ChecksumOffset..])));
        return footer.DescribesFile(fileBytes) ? footer : null;
    }

    /// <summary>Reads a file's footer when no manifest says what to expect; null when it has none that is whole.</summary>
    internal static RunFooter? TryRead(IStoreFile file)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        var length = file.LengthBytes;
        return length >= SizeBytes && file.Read(length - SizeBytes, bytes) == SizeBytes ? TryRead(bytes, length) : null;
    }

    private bool DescribesFile(long fileBytes)
    {
        var end = fileBytes - SizeBytes;
        return Info.EntryCount == 0
            ? Root.LengthBytes == 0 && Statistics.LengthBytes == 0 && end == 0
            : Info.EntryCount > 0 && Root.LiesBefore(Statistics.Offset) && Root.End == Statistics.Offset
                && Statistics.LiesBefore(end) && Statistics.End == end
                && FilterBlockBytes >= 2 * RunFilter.LineBytes && FilterBlockBytes % RunFilter.LineBytes == 0
                && Root.FilterBytes % FilterBlockBytes == 0 && (Root.FilterBytes > 0) == (RootLevel == 1);
    }
}
