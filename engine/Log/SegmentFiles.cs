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
    private const int ZeroStepBytes = 1024 * 1024;

    private const string Suffix = ".log";
    private static readonly byte[] Zeros = new byte[64 * 1024];

    private readonly IStoreFiles files;
    private readonly Dictionary<int, IStoreFile> open = [];
    private readonly Lock gate = new();
    private SortedSet<int> existing;

    private SegmentFiles(IStoreFiles files, SortedSet<int> existing, LogGeometry geometry)
    {
        this.files = files;
        this.existing = existing;
        Geometry = geometry;
    }

    internal LogGeometry Geometry { get; }

    internal static string NameOf(int segment) => segment.ToString("D8", CultureInfo.InvariantCulture) + Suffix;

    /// <summary>Finds the segments of a log and checks that they belong together; starts a new log where there are none.</summary>
    /// <exception cref="InvalidDataException">A segment's header is damaged or is another log's.</exception>
    internal static SegmentFiles Open(IStoreFiles files, LogOptions options)
    {
        LogGeometry? found = null;
        var existing = new SortedSet<int>();
        foreach (var name in files.List())
        {
            if (!TryParse(name, out var segment))
            {
                continue;
            }

            using var file = files.Open(name, create: false);
            if (ReadHeader(file, name, segment) is not { } geometry)
            {
                continue;
            }

            if (found is { } other && other != geometry)
            {
                throw new InvalidDataException(
                    $"{name} is of log {geometry.InstanceId}, but the segments before it are of log {other.InstanceId}. "
                    + "Nothing was changed. Put back the file that belongs here.");
            }

            found = geometry;
            existing.Add(segment);
        }

        if (found is { } log && options.InstanceId is { } wanted && wanted != log.InstanceId)
        {
            throw new InvalidDataException($"The segments are of log {log.InstanceId}, not of this store's log {wanted}.");
        }

        var segments = new SegmentFiles(files, existing, found ?? SegmentHeader.Geometry(
            options.PageSizeBits, options.SegmentSizeBits, options.InstanceId ?? Guid.NewGuid()));
        if (existing.Count == 0)
        {
            segments.Create(0);
        }

        return segments;
    }

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
            ? file.Read(SegmentHeader.BlockBytes + (address & (Geometry.SegmentBytes - 1)), destination)
            : 0;
        destination[read..].Clear();
    }

    /// <summary>Writes within one segment, creating it and zeroing ahead as needed.</summary>
    internal void Write(int segment, long offset, ReadOnlySpan<byte> source)
    {
        var file = Find(segment) ?? Create(segment);
        ZeroAhead(file, offset + source.Length);
        file.Write(SegmentHeader.BlockBytes + offset, source);
    }

    internal void Sync(int segment) => Find(segment)?.Sync();

    internal void SyncDirectory() => files.SyncDirectory();

    /// <summary>Overwrites a range of addresses within one existing segment with zeros.</summary>
    internal void Zero(long address, int bytes)
    {
        var offset = SegmentHeader.BlockBytes + (address & (Geometry.SegmentBytes - 1));
        WriteZeros(Find(Geometry.Segment(address))!, offset, offset + bytes);
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

            if (existing.Remove(segment))
            {
                files.Delete(NameOf(segment));
            }
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
        }
    }

    private static bool TryParse(string name, out int segment)
    {
        segment = 0;
        return name.EndsWith(Suffix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(0, name.Length - Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out segment)
            && name == NameOf(segment);
    }

    /// <summary>Reads a segment's header; null when the file holds nothing but zeros, as a crash while creating it leaves.</summary>
    private static LogGeometry? ReadHeader(IStoreFile file, string name, int segment)
    {
        var block = new byte[SegmentHeader.BlockBytes];
        var read = file.Read(0, block);
        if (SegmentHeader.TryRead(block.AsSpan(0, read), out var number, out var geometry) && number == segment)
        {
            return geometry;
        }

        if (IsZero(file))
        {
            return null;
        }

        if (SegmentHeader.VersionOf(block.AsSpan(0, read)) is > 0 and var version && version != SegmentHeader.Version)
        {
            throw new InvalidDataException($"{name} is of log format {version}; this build reads {SegmentHeader.Version}.");
        }

        throw new InvalidDataException(
            $"The header of {name} is damaged: offsets 0 to {SegmentHeader.BlockBytes} are not those of segment {segment}. "
            + "Nothing was changed. Restore the file from a copy.");
    }

    private static bool IsZero(IStoreFile file)
    {
        var chunk = new byte[64 * 1024];
        for (long offset = 0; file.Read(offset, chunk) is > 0 and var read; offset += read)
        {
            if (chunk.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }

        return true;
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

    private IStoreFile Create(int segment)
    {
        lock (gate)
        {
            var file = open[segment] = files.Open(NameOf(segment), create: true);
            file.Write(0, SegmentHeader.Block(segment, Geometry));
            ZeroAhead(file, 1);

            // IMPORTANT: both syncs come before any record. A record in a file whose name or header is lost is lost.
            file.Sync();
            files.SyncDirectory();
            existing.Add(segment);
            return file;
        }
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
