using System.Buffers.Binary;
using Storage.Engine.Files;
using Storage.Engine.Log;

namespace Storage.Engine.Recovery;

/// <summary>
/// The segment files of a log that may be damaged: finds them, checks their headers, and learns the log's sizes and
/// seed from any header that is left, or from what a damaged one still says.
/// </summary>
internal sealed class VerifyLogFiles : IDisposable
{
    private const int PieceBytes = 4096;

    private readonly IStoreFiles files;
    private readonly VerifyFindings findings;
    private readonly HashSet<(string Name, long Offset)> unreadable = [];
    private readonly SortedSet<int> segments = [];
    private IStoreFile? open;
    private int openSegment = -1;

    private VerifyLogFiles(IStoreFiles files, VerifyFindings findings)
    {
        this.files = files;
        this.findings = findings;
    }

    /// <summary>Sizes and seed of the log; null when there is no log, or nothing tells them.</summary>
    internal LogGeometry? Geometry { get; private set; }

    /// <summary>Numbers of the segment files that are there, ascending.</summary>
    internal IReadOnlyCollection<int> Segments => segments;

    /// <summary>Bytes of all segment files.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Names of segment files that must be there and are not.</summary>
    internal List<string> MissingNames { get; } = [];

    /// <summary>Numbers of segments whose header says that they are none, or another log's.</summary>
    internal List<int> DamagedSegments { get; } = [];

    /// <summary>The highest LSN that a mark proves to have been durable.</summary>
    internal long DurableLsn { get; private set; }

    /// <summary>Finds the segments of a store.</summary>
    internal static VerifyLogFiles Open(IStoreFiles files, VerifyManifest manifest, VerifyFindings findings)
    {
        var log = new VerifyLogFiles(files, findings);
        var identity = manifest.Manifest?.Store;
        var damaged = new List<(int Segment, byte[] Block)>();
        var headers = new List<(int Segment, LogGeometry Geometry)>();
        foreach (var name in files.List())
        {
            if (SegmentFiles.TryParse(name, out var segment))
            {
                log.segments.Add(segment);
                log.ReadHeader(name, segment, headers, damaged);
            }
        }

        log.Geometry = Choose(headers, damaged, identity) ?? log.Guess(damaged, identity);
        foreach (var (segment, geometry) in headers)
        {
            if (geometry != log.Geometry)
            {
                findings.Damage(NameOf(segment), 0, $"The segment is of log {geometry.InstanceId}, not of this store's {log.Geometry?.InstanceId}.");
                log.segments.Remove(segment);
                log.DamagedSegments.Add(segment);
            }
        }

        foreach (var (segment, block) in damaged)
        {
            findings.Damage(NameOf(segment), 0, HeaderText(segment, block, log.Geometry is not null));
            log.DamagedSegments.Add(segment);
        }

        if (identity is { } store && log.Geometry is { } chosen && chosen.InstanceId != store && headers.Count > 0)
        {
            findings.Damage(null, null, $"The log is {chosen.InstanceId}, but the manifest is of store {store}.");
        }

        log.DropTrimmed(manifest, findings);
        log.ReadMarks(findings);

        if (log.segments.Count == 0 && manifest.Manifest is { } lonely)
        {
            findings.Damage(null, null, $"No segment of the log is there; what was written behind record {lonely.Position.Lsn} is lost.");
        }

        foreach (var missing in log.Missing(manifest))
        {
            findings.Damage(NameOf(missing), null, "The file is missing; the records in it are lost.");
            log.MissingNames.Add(NameOf(missing));
        }

        return log;
    }

    internal static string NameOf(int segment) => SegmentFiles.NameOf(segment);

    /// <summary>True for a segment, one that is being created too.</summary>
    internal static bool IsSegment(string name) => SegmentFiles.TryParse(
        name.EndsWith(SegmentFiles.BeginningSuffix, StringComparison.Ordinal) ? name[..^SegmentFiles.BeginningSuffix.Length] : name, out _);

    /// <summary>Reads a range of addresses within one segment; what no file holds reads as zeros.</summary>
    internal void Read(long address, Span<byte> destination)
    {
        var segment = Geometry!.Value.Segment(address);
        var read = 0;
        if (segments.Contains(segment))
        {
            if (openSegment != segment)
            {
                open?.Dispose();
                open = files.Open(NameOf(segment), create: false);
                openSegment = segment;
            }

            read = Read(open!, NameOf(segment), FileOffset(address), destination);
        }

        destination[read..].Clear();
    }

    /// <summary>First address behind the bytes that a segment's file holds.</summary>
    internal long EndOf(int segment)
    {
        using var file = files.Open(NameOf(segment), create: false);
        var bytes = Math.Clamp(file.LengthBytes - SegmentHeader.BlockBytes, 0, Geometry!.Value.SegmentBytes);
        return (segment * Geometry.Value.SegmentBytes) + bytes;
    }

    internal string FileAt(long address) => NameOf(Geometry!.Value.Segment(address));

    internal long FileOffset(long address) => SegmentHeader.BlockBytes + (address & (Geometry!.Value.SegmentBytes - 1));

    public void Dispose() => open?.Dispose();

    /// <summary>Reads what the device gives; the pieces that it refuses read as zeros, and are reported once.</summary>
    private int Read(IStoreFile file, string name, long offset, Span<byte> destination)
    {
        try
        {
            return file.Read(offset, destination);
        }
        catch (IOException)
        {
        }

        var bytes = (int)Math.Clamp(file.LengthBytes - offset, 0, destination.Length);
        for (var start = 0; start < bytes;)
        {
            var piece = destination[start..Math.Min(bytes, start + PieceBytes - (int)((offset + start) % PieceBytes))];
            try
            {
                file.Read(offset + start, piece);
            }
            catch (IOException failure)
            {
                piece.Clear();
                ReportUnreadable(name, offset + start, failure);
            }

            start += piece.Length;
        }

        return bytes;
    }

    private void ReportUnreadable(string name, long offset, IOException failure)
    {
        // One finding for neighbouring pieces.
        var piece = offset / PieceBytes;
        if (unreadable.Add((name, piece)) && !unreadable.Contains((name, piece - 1)))
        {
            findings.Damage(name, offset, $"The device does not give what is here: {failure.Message}");
        }
    }

    private static string HeaderText(int segment, byte[] block, bool isKnown)
    {
        if (SegmentHeader.VersionOf(block) is > 0 and var version && version > SegmentHeader.Version)
        {
            return $"The segment is of log format {version}; this build reads up to {SegmentHeader.Version}.";
        }

        return $"The segment's header is not that of segment {segment}: it is damaged, or the file is another one's. "
            + (isKnown ? "Its records are read by what the rest of the log says." : "Nothing tells how to read the log.");
    }

    /// <summary>The geometry that most headers agree on.</summary>
    private static LogGeometry? Choose(
        List<(int Segment, LogGeometry Geometry)> headers, List<(int Segment, byte[] Block)> damaged, Guid? identity)
    {
        var counts = new Dictionary<LogGeometry, int>();
        foreach (var (_, geometry) in headers)
        {
            counts[geometry] = counts.GetValueOrDefault(geometry) + (geometry.InstanceId == identity ? headers.Count + 1 : 1);
        }

        if (counts.Count > 0)
        {
            return counts.MaxBy(pair => pair.Value).Key;
        }

        foreach (var (_, block) in damaged)
        {
            if (TryCorrect(block, out var geometry))
            {
                return geometry;
            }
        }

        return null;
    }

    /// <summary>Undoes one flipped bit: with it, and only with it, the checksum is right again.</summary>
    private static bool TryCorrect(byte[] block, out LogGeometry geometry)
    {
        geometry = default;
        for (var bit = 0; bit < SegmentHeader.SizeBytes * 8; bit++)
        {
            block[bit / 8] ^= (byte)(1 << (bit % 8));
            var found = SegmentHeader.TryRead(block, out _, out geometry);
            block[bit / 8] ^= (byte)(1 << (bit % 8));
            if (found)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// With no header left: the very first record names the log's seed as its predecessor's checksum, and proves the
    /// guess by its own. The sizes are those of the damaged header where they can be, or the usual ones.
    /// </summary>
    private LogGeometry? Guess(List<(int Segment, byte[] Block)> damaged, Guid? identity)
    {
        if (damaged.Count == 0 || damaged[0].Segment != 0)
        {
            return null;
        }

        var block = damaged[0].Block;
        var usual = new LogOptions();
        var pageBits = block.Length >= 20 ? BinaryPrimitives.ReadInt32LittleEndian(block.AsSpan(12)) : 0;
        var segmentBits = block.Length >= 20 ? BinaryPrimitives.ReadInt32LittleEndian(block.AsSpan(16)) : 0;
        pageBits = pageBits is >= LogGeometry.PageSizeBitsMin and <= LogGeometry.PageSizeBitsMax ? pageBits : usual.PageSizeBits;
        segmentBits = segmentBits >= pageBits && segmentBits <= LogGeometry.SegmentSizeBitsMax ? segmentBits : usual.SegmentSizeBits;
        using var file = files.Open(NameOf(0), create: false);
        var first = new byte[FragmentHeader.SizeBytes + RecordHeader.SizeBytes];
        var read = file.Read(SegmentHeader.BlockBytes + LogGeometry.FirstAddress + LogGeometry.EntryLengthBytes, first);
        ReadOnlySpan<byte> record = first.AsSpan(0, read);
        record = FragmentHeader.TryRead(record, out _) ? record[FragmentHeader.SizeBytes..] : record;
        if (record.Length < RecordHeader.SizeBytes)
        {
            return null;
        }

        var seed = BinaryPrimitives.ReadInt64LittleEndian(record[32..]);
        return RecordHeader.TryRead(record, seed, out var header) && header.Lsn == 1
            ? new LogGeometry(pageBits, segmentBits, identity ?? Guid.Empty, seed)
            : null;
    }

    private void ReadHeader(
        string name, int segment, List<(int Segment, LogGeometry Geometry)> headers, List<(int Segment, byte[] Block)> damaged)
    {
        using var file = files.Open(name, create: false);
        Bytes += file.LengthBytes;
        var block = new byte[SegmentHeader.BlockBytes];
        block = block[..Read(file, name, 0, block)];
        if (SegmentHeader.TryRead(block, out var number, out var geometry) && number == segment)
        {
            headers.Add((segment, geometry));
        }
        else if (IsZero(file, name))
        {
            segments.Remove(segment); // its creation was cut short: no segment yet
        }
        else
        {
            damaged.Add((segment, block));
        }
    }

    private bool IsZero(IStoreFile file, string name)
    {
        var chunk = new byte[64 * 1024];
        for (long offset = 0; Read(file, name, offset, chunk) is > 0 and var read; offset += read)
        {
            if (chunk.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }

        return unreadable.Count == 0;
    }

    /// <summary>What is below the segment that the runs end in was being trimmed, and may be whatever it is.</summary>
    private void DropTrimmed(VerifyManifest manifest, VerifyFindings findings)
    {
        if (manifest.Position is { } position && Geometry is { } geometry)
        {
            foreach (var segment in segments.Where(segment => segment < geometry.Segment(position.Address - 1)).ToList())
            {
                findings.Note(NameOf(segment), null, "The runs hold all of the segment: it is no part of the store, and opening deletes it.");
                segments.Remove(segment);
            }
        }
    }

    private void ReadMarks(VerifyFindings findings)
    {
        if (Geometry is not { } geometry)
        {
            return;
        }

        DurableLsn = DurableWitness.Read(files, geometry).Lsn;
        var block = new byte[SegmentHeader.BlockBytes];
        foreach (var segment in segments)
        {
            ReadMarks(NameOf(segment), block, segment, geometry, findings);
            if (segment == segments.Max && SegmentMark.Read(block, geometry, segment, SegmentMark.SuccessorPlace) is not null)
            {
                findings.Damage(NameOf(segment + 1), null, $"The file is missing: a mark in {NameOf(segment)} says that it was there.");
                MissingNames.Add(NameOf(segment + 1));
            }
        }

        if (files.Exists(DurableWitness.FileName))
        {
            ReadMarks(DurableWitness.FileName, block, DurableWitness.Segment, geometry, findings);
        }
    }

    private void ReadMarks(string name, byte[] block, int segment, in LogGeometry geometry, VerifyFindings findings)
    {
        using var file = files.Open(name, create: false);
        block.AsSpan(Read(file, name, 0, block)).Clear();
        for (var place = 0; place <= SegmentMark.SuccessorPlace; place++)
        {
            if (SegmentMark.Read(block, geometry, segment, place) is { } lsn)
            {
                DurableLsn = Math.Max(DurableLsn, lsn);
            }
            else if (block.AsSpan(SegmentMark.Offset(place), SegmentMark.SizeBytes).ContainsAnyExcept((byte)0))
            {
                findings.Damage(name, SegmentMark.Offset(place), "The mark here is not what was written; opening does without it.");
            }
        }
    }

    /// <summary>From the segment that the runs end in to the last one none is missing.</summary>
    private IEnumerable<int> Missing(VerifyManifest manifest)
    {
        if (segments.Count == 0)
        {
            return [];
        }

        var first = manifest.Position is { } position && Geometry is { } geometry ? geometry.Segment(position.Address - 1) : segments.Min;
        return Enumerable.Range(first, Math.Max(0, segments.Max - first)).Where(segment => !segments.Contains(segment));
    }
}
