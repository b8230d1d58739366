using System.Buffers.Binary;
using System.Globalization;
using Storage.Engine.Log;
using Storage.Simulation.Device;

namespace Storage.Simulation.Oracle;

/// <summary>
/// Reads the records out of what was ever written to a log, segments that were trimmed since included. Walks by itself
/// and believes nothing that the store's own scan says; only the layout of headers is the store's.
/// </summary>
internal sealed class LogWalk
{
    private const string Suffix = ".log";
    private const string BeginningSuffix = ".new";

    private readonly Dictionary<int, byte[]> segments = [];
    private readonly Dictionary<int, int> segmentOfFile = [];
    private readonly List<(int Index, long Address, byte[] Bytes)> writes = [];
    private readonly LogGeometry geometry;

    internal LogWalk(LogGeometry geometry) => this.geometry = geometry;

    /// <summary>Takes the segments of a device as they are before the first event.</summary>
    internal void Place(SimulatedFiles files)
    {
        foreach (var (name, content) in files.Contents)
        {
            if (TryParse(name, out var segment))
            {
                segmentOfFile[content.Number] = segment;
                Put(segment, 0, content.Bytes);
            }
        }
    }

    /// <summary>Follows all that was written.</summary>
    internal void Follow(IReadOnlyList<TraceEvent> events)
    {
        for (var i = 0; i < events.Count; i++)
        {
            var happened = events[i];
            if (happened.Kind == TraceKind.Create && TryParse(happened.Name, out var created))
            {
                segmentOfFile[happened.File] = created;
                segments.Remove(created);
            }
            else if (happened.Kind == TraceKind.Write && segmentOfFile.TryGetValue(happened.File, out var segment))
            {
                Put(segment, happened.Offset, happened.Bytes);
                if (happened.Offset >= SegmentHeader.BlockBytes)
                {
                    var address = (segment * geometry.SegmentBytes) + happened.Offset - SegmentHeader.BlockBytes;
                    writes.Add((i, address, happened.Bytes!));
                }
            }
        }
    }

    /// <summary>The records from a place on, in order.</summary>
    internal List<WalkedRecord> Run(long address, long lsn)
    {
        var records = new List<WalkedRecord>();
        var parts = new List<byte>();
        for (; TryFind(ref address, out var start, out var length); address = start + LogGeometry.EntryBytes(length))
        {
            var content = Read(start + LogGeometry.EntryLengthBytes, length);
            if (FragmentHeader.TryRead(content, out var fragment))
            {
                parts.AddRange(content[FragmentHeader.SizeBytes..]);
                if (fragment.Index + 1 < fragment.Count)
                {
                    continue;
                }

                content = [.. parts];
            }

            parts.Clear();
            if (!RecordHeader.TryRead(content, geometry.Seed, out var header) || header.Lsn != lsn + 1)
            {
                break;
            }

            lsn++;
            var payload = content.AsSpan(RecordHeader.SizeBytes);
            var participants = header.ParticipantCount * Participant.SizeBytes;
            var end = start + LogGeometry.EntryBytes(length);
            records.Add(new WalkedRecord(
                lsn, header.Kind, header.TimeMicros, payload[..participants].ToArray(), payload[participants..].ToArray(), end, WrittenAt(start, length)));
        }

        return records;
    }

    private static bool TryParse(string name, out int segment)
    {
        segment = 0;
        name = name.EndsWith(BeginningSuffix, StringComparison.Ordinal) ? name[..^BeginningSuffix.Length] : name;
        return name.EndsWith(Suffix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(0, name.Length - Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out segment);
    }

    private bool TryFind(ref long address, out long start, out int length)
    {
        for (start = address; ; start = geometry.PageStart(start) + geometry.PageBytes)
        {
            length = BinaryPrimitives.ReadInt32LittleEndian(Read(start, LogGeometry.EntryLengthBytes));
            if (length > 0 && length <= geometry.PageBytes - geometry.OffsetInPage(start) - LogGeometry.EntryLengthBytes)
            {
                return true;
            }

            if (length != 0 || start != address)
            {
                return false;
            }
        }
    }

    /// <summary>
    /// Number of events after which all bytes of an entry were there; 0 when they were before. A flush may end in the
    /// middle of an entry, and the next one begin there.
    /// </summary>
    private int WrittenAt(long start, int length)
    {
        var entry = Read(start, LogGeometry.EntryLengthBytes + length);
        var there = new bool[entry.Length];
        var missing = entry.Length;
        foreach (var (index, address, bytes) in writes)
        {
            for (var i = (int)Math.Max(0, address - start); i < entry.Length && start + i < address + bytes.Length; i++)
            {
                if (!there[i] && bytes[(int)(start + i - address)] == entry[i])
                {
                    there[i] = true;
                    missing--;
                }
            }

            if (missing == 0)
            {
                return index + 1;
            }
        }

        return 0;
    }

    private byte[] Read(long address, int bytes)
    {
        var copy = new byte[bytes];
        if (segments.TryGetValue(geometry.Segment(address), out var segment))
        {
            var offset = (int)(address & (geometry.SegmentBytes - 1));
            segment.AsSpan(offset, Math.Min(bytes, segment.Length - offset)).CopyTo(copy);
        }

        return copy;
    }

    private void Put(int segment, long offset, ReadOnlySpan<byte> bytes)
    {
        if (!segments.TryGetValue(segment, out var data))
        {
            data = segments[segment] = new byte[geometry.SegmentBytes];
        }

        var skipped = (int)Math.Clamp(SegmentHeader.BlockBytes - offset, 0, bytes.Length);
        bytes[skipped..].CopyTo(data.AsSpan((int)Math.Max(0, offset - SegmentHeader.BlockBytes)));
    }
}

/// <summary>A record as written.</summary>
/// <param name="Lsn">Its number.</param>
/// <param name="Kind">What it is.</param>
/// <param name="TimeMicros">When it was made.</param>
/// <param name="Participants">As in the log.</param>
/// <param name="Body">As in the log.</param>
/// <param name="EndAddress">Behind it.</param>
/// <param name="WrittenAt">Events of the trace after which it was wholly written; 0 when it was there before.</param>
internal sealed record WalkedRecord(
    long Lsn, RecordKind Kind, long TimeMicros, byte[] Participants, byte[] Body, long EndAddress, int WrittenAt);
