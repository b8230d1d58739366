using System.Globalization;
using Storage.Engine.Files;

namespace Storage.Engine.Log;

/// <summary>
/// The segment files of a log: "00000000.log" and so on, a header block and then the segment's bytes. A segment exists
/// durably, with its header and its directory entry, before the first record is written into it.
/// </summary>
internal sealed class SegmentFiles : IDisposable
{
    /// <summary>
    /// Zeros are written ahead of the records in steps of this size, so that a sync rarely has to journal a changed
    /// length or newly mapped blocks, and a full disk shows when a step is taken. Figures: docs/decisions/0002.
    /// </summary>
    internal const int ZeroStepBytes = 1024 * 1024;

    /// <summary>Behind the name of a segment that is being created.</summary>
    internal const string BeginningSuffix = ".new";

    private const string Suffix = ".log";
    private static readonly byte[] Zeros = new byte[64 * 1024];

    private readonly IStoreFiles files;
    private readonly Dictionary<int, IStoreFile> open = [];
    private readonly Lock gate = new();
    private SortedSet<int> existing;

    private readonly DurableWitness witness;
    private int markedSegment = -1; // of whoever writes the records: nobody else writes marks

    private SegmentFiles(IStoreFiles files, FoundSegments found, LogGeometry geometry)
    {
        this.files = files;
        existing = found.Existing;
        Found = found;
        Geometry = geometry;
        witness = new DurableWitness(files, geometry);
    }

    internal LogGeometry Geometry { get; }

    /// <summary>What was there at opening.</summary>
    internal FoundSegments Found { get; }

    internal static string NameOf(int segment) => segment.ToString("D8", CultureInfo.InvariantCulture) + Suffix;

    /// <summary>
    /// Finds the segments of a log that is read from a position on, and checks that they belong together; starts a new
    /// log where there are none.
    /// </summary>
    /// <exception cref="InvalidDataException">A segment is missing, or its header is damaged or another log's.</exception>
    internal static SegmentFiles Open(IStoreFiles files, LogOptions options, LogPosition? from)
    {
        var found = FoundSegments.In(files, options, from);
        var segments = new SegmentFiles(files, found, found.Geometry ?? SegmentHeader.Geometry(
            options.PageSizeBits, options.SegmentSizeBits, options.InstanceId ?? Guid.NewGuid()));
        if (found.Geometry is null)
        {
            segments.Create(0);
        }

        return segments;
    }

    /// <summary>Name of the file that holds an address.</summary>
    internal string NameAt(long address) => NameOf(Geometry.Segment(address));

    /// <summary>Offset of an address in its file.</summary>
    internal long FileOffset(long address) => SegmentHeader.BlockBytes + (address & (Geometry.SegmentBytes - 1));

    /// <summary>Numbers of the segments that exist from <paramref name="segment"/> on, ascending.</summary>
    internal int[] From(int segment)
    {
        lock (gate)
        {
            return [.. existing.GetViewBetween(segment, int.MaxValue)];
        }
    }

    /// <summary>Bytes of log that a segment's file holds; 0 when there is no such file.</summary>
    internal long DataBytes(int segment) =>
        Find(segment) is { } file ? Math.Max(0, file.LengthBytes - SegmentHeader.BlockBytes) : 0;

    /// <summary>Reads a range of addresses within one segment; what no file holds reads as zeros.</summary>
    internal void Read(long address, Span<byte> destination)
    {
        var read = Find(Geometry.Segment(address)) is { } file
            ? file.Read(FileOffset(address), destination)
            : 0;
        destination[read..].Clear();
    }

    /// <summary>Writes within one segment, creating it and zeroing ahead as needed.</summary>
    internal void Write(int segment, long offset, ReadOnlySpan<byte> source)
    {
        var file = Find(segment) ?? CreateUpTo(segment);
        ZeroAhead(file, offset + source.Length);
        file.Write(SegmentHeader.BlockBytes + offset, source);
    }

    internal void Sync(int segment) => Find(segment)?.Sync();

    internal void SyncDirectory() => files.SyncDirectory();

    /// <summary>Overwrites a range of addresses within one existing segment with zeros.</summary>
    internal void Zero(long address, int bytes)
    {
        var offset = FileOffset(address);
        WriteZeros(Find(Geometry.Segment(address))!, offset, offset + bytes);
    }

    /// <summary>
    /// Notes in a segment's block that everything up to an LSN is durable, which it must be. No sync: the next one of the
    /// file takes the mark along. A process that is killed leaves it; a loss of power may lose it.
    /// </summary>
    internal void MarkDurable(int segment, long lsn)
    {
        Span<byte> marks = stackalloc byte[SegmentMark.TwinBytes];
        SegmentMark.WriteTwins(marks, Geometry, segment, lsn);
        Find(segment)!.Write(SegmentMark.Offset(0), marks);
        markedSegment = segment;
    }

    /// <summary>Notes the same in the file beside, which no sync of the log takes along.</summary>
    internal void WitnessDurable(long lsn) => witness.Mark(lsn);

    /// <summary>Makes the last mark durable too.</summary>
    internal void SyncMark()
    {
        if (markedSegment >= 0)
        {
            Sync(markedSegment);
            witness.Sync();
            SyncDirectory();
        }
    }

    /// <summary>
    /// Removes all segments above one, durably one after the other: in between, a crash leaves a log without a gap. The
    /// marks that say they exist go first.
    /// </summary>
    internal void CutBehind(int last)
    {
        var segments = From(last);
        foreach (var segment in segments.SkipLast(1))
        {
            var file = Find(segment)!;
            file.Write(SegmentMark.Offset(SegmentMark.SuccessorPlace), Zeros.AsSpan(0, SegmentMark.SizeBytes));
            file.Sync();
        }

        foreach (var segment in segments.Where(segment => segment > last).Reverse())
        {
            Delete(segment);
            SyncDirectory();
        }
    }

    /// <summary>Removes a segment; durable after <see cref="SyncDirectory"/>.</summary>
    internal void Delete(int segment)
    {
        lock (gate)
        {
            if (open.Remove(segment, out var file))
            {
                file.Dispose();
            }
        }

        // Not under the gate: freeing the blocks of a large file takes its time, and the log goes on meanwhile.
        files.Delete(NameOf(segment));
        lock (gate)
        {
            existing.Remove(segment);
        }
    }

    /// <summary>Removes all segments below one that exists, durably. The log may go on meanwhile.</summary>
    internal void Trim(int first)
    {
        int[] unneeded;
        lock (gate)
        {
            unneeded = [.. existing.Where(segment => segment < first)];
        }

        foreach (var segment in unneeded)
        {
            Delete(segment);
        }

        if (unneeded.Length > 0)
        {
            files.SyncDirectory();
        }
    }

    /// <summary>Removes the files that an opening found to be no part of the log.</summary>
    internal void DeleteLeftovers()
    {
        foreach (var name in Found.Leftovers)
        {
            files.Delete(name);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var file in open.Values)
            {
                file.Dispose();
            }

            open.Clear();
            existing = [];
            witness.Dispose();
        }
    }

    internal static bool TryParse(string name, out int segment)
    {
        segment = 0;
        return name.EndsWith(Suffix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(0, name.Length - Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out segment)
            && name == NameOf(segment);
    }

    private void MarkSuccessor(IStoreFile file, int segment)
    {
        Span<byte> mark = stackalloc byte[SegmentMark.SizeBytes];
        SegmentMark.Write(mark, Geometry, segment, SegmentMark.SuccessorPlace, lsn: 0);
        file.Write(SegmentMark.Offset(SegmentMark.SuccessorPlace), mark);
    }

    private static void WriteZeros(IStoreFile file, long from, long until)
    {
        for (var offset = from; offset < until; offset += Zeros.Length)
        {
            file.Write(offset, Zeros.AsSpan(0, (int)Math.Min(Zeros.Length, until - offset)));
        }
    }

    private IStoreFile? Find(int segment)
    {
        lock (gate)
        {
            if (open.TryGetValue(segment, out var file) || !existing.Contains(segment))
            {
                return file;
            }

            return open[segment] = files.Open(NameOf(segment), create: false);
        }
    }

    /// <summary>
    /// Makes a segment's file under another name first, so that no crash leaves a segment without its header: a file of
    /// a segment's name that has none is damaged.
    /// </summary>
    private IStoreFile Create(int segment)
    {
        var name = NameOf(segment);
        var beginning = name + BeginningSuffix;
        if (files.Exists(beginning))
        {
            files.Delete(beginning);
        }

        using (var file = files.Open(beginning, create: true))
        {
            file.Write(0, SegmentHeader.Block(segment, Geometry));
            ZeroAhead(file, 1);
            file.Sync();
        }

        // IMPORTANT: all syncs come before any record. A record in a file whose name or header is lost is lost, and so
        // is one in a file that nobody misses.
        files.Rename(beginning, name);
        files.SyncDirectory();
        if (Find(segment - 1) is { } before)
        {
            MarkSuccessor(before, segment - 1);
            before.Sync();
        }

        lock (gate)
        {
            existing.Add(segment);
        }

        return Find(segment)!;
    }

    /// <summary>No segment is created before all those below it.</summary>
    private IStoreFile CreateUpTo(int segment)
    {
        int last;
        lock (gate)
        {
            last = existing.Max;
        }

        IStoreFile? file = null;
        while (last < segment)
        {
            file = Create(++last);
        }

        return file!;
    }

    private void ZeroAhead(IStoreFile file, long dataBytes)
    {
        var length = file.LengthBytes;
        if (SegmentHeader.BlockBytes + dataBytes > length)
        {
            var steps = (dataBytes + ZeroStepBytes - 1) / ZeroStepBytes * ZeroStepBytes;
            WriteZeros(file, length, SegmentHeader.BlockBytes + Math.Min(steps, Geometry.SegmentBytes));
        }
    }
}
