using System.Buffers.Binary;
using System.IO.Hashing;

namespace Storage.Engine.Log;

/// <summary>
/// Walks a log from a position, checks everything and feeds the records to a sink. The log ends where the chain
/// of checksums does; FasterLog's own recovery is not asked, because it skips damage without a word.
/// </summary>
internal sealed class LogScan
{
    private readonly SegmentFiles segments;
    private readonly LogGeometry geometry;
    private readonly IRecordSink sink;
    private readonly LogEnd end;
    private readonly Queue<(long Lsn, long Address)> ends = new();
    private readonly byte[] page;
    private long pageAddress = -1;
    private byte[] parts = [];
    private int partBytes;
    private FragmentHeader part;

    /// <summary>A scan of the records behind a position, which is known to be durable.</summary>
    internal LogScan(SegmentFiles segments, in LogPosition from, IRecordSink sink)
    {
        this.segments = segments;
        this.sink = sink;
        geometry = segments.Geometry;
        page = new byte[geometry.PageBytes];
        end = new LogEnd
        {
            Address = from.Address,
            StopAddress = from.Address,
            Lsn = from.Lsn,
            Checksum = from.Checksum,
            TimeMicros = from.TimeMicros,
            DurableLsn = Math.Max(from.Lsn, segments.Found.DurableLsn),
            DurableAddress = from.Address,
        };
    }

    /// <summary>Goes to the end of the log.</summary>
    internal LogEnd Run() => Run(long.MaxValue);

    /// <summary>Goes to a position behind records that are durable.</summary>
    /// <exception cref="InvalidDataException">What is there is not what was written.</exception>
    internal void RunUntil(in LogPosition until)
    {
        RunUntil(until.Lsn);
        if (end.Address != until.Address || end.Checksum != until.Checksum)
        {
            throw Damaged(until.Lsn, $"record {end.Lsn} is another one");
        }
    }

    /// <summary>Goes up to a record that is durable.</summary>
    /// <exception cref="InvalidDataException">What is there is not what was written.</exception>
    internal void RunUntil(long untilLsn)
    {
        Run(untilLsn);
        if (end.Lsn != untilLsn)
        {
            throw Damaged(untilLsn, end.StopReason);
        }
    }

    private InvalidDataException Damaged(long untilLsn, string? reason) => new(
        $"The log is damaged: record {Math.Min(end.Lsn + 1, untilLsn)} should be at offset "
        + $"{segments.FileOffset(end.StopAddress)} of {segments.NameAt(end.StopAddress)}, but {reason}. "
        + "Restore the file from a copy, or the store from a backup.");

    private LogEnd Run(long untilLsn)
    {
        var address = end.Address;
        while (end.Lsn < untilLsn && TryFindEntry(ref address, out var content))
        {
            var next = address + LogGeometry.EntryBytes(content.Length);
            if (Refuse(content, next) is { } reason)
            {
                end.StopAddress = address;
                end.StopReason = reason;
                break;
            }

            address = next;
        }

        return end;
    }

    /// <summary>
    /// Reads the entry at an address, or at the start of the next page where its own has no more. A zero length that
    /// damage left in the middle of a page leads to the next page too, and there the chain shows what is missing.
    /// </summary>
    private bool TryFindEntry(ref long address, out ReadOnlySpan<byte> content)
    {
        content = default;
        for (var start = address; ; address = geometry.PageStart(address) + geometry.PageBytes)
        {
            Load(geometry.PageStart(address));
            var rest = page.AsSpan(geometry.OffsetInPage(address));
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (length > 0 && length <= rest.Length - LogGeometry.EntryLengthBytes)
            {
                content = rest.Slice(LogGeometry.EntryLengthBytes, length);
                return true;
            }

            if (length != 0 || address != start)
            {
                end.StopAddress = address;
                end.StopReason = length != 0 ? $"{length} is not the length of an entry" : "there are only zeros";
                return false;
            }
        }
    }

    private void Load(long address)
    {
        if (address != pageAddress)
        {
            segments.Read(address, page);
            pageAddress = address;
        }
    }

    /// <summary>Takes an entry; returns why it cannot be the next one, or null.</summary>
    private string? Refuse(ReadOnlySpan<byte> content, long next)
    {
        if (!FragmentHeader.TryRead(content, out var header))
        {
            return partBytes > 0 ? "a fragment is missing" : RefuseRecord(content, next);
        }

        var bytes = content[FragmentHeader.SizeBytes..];
        if (partBytes == 0)
        {
            if (RefuseHeader(bytes, header.RecordBytes, out _) is { } reason)
            {
                return reason;
            }

            var count = (header.RecordBytes + geometry.FragmentBytesMax - 1) / geometry.FragmentBytesMax;
            part = new FragmentHeader(0, count, header.RecordBytes, end.Lsn + 1);
            parts = parts.Length >= header.RecordBytes ? parts : new byte[header.RecordBytes];
        }

        if (header != part || bytes.Length != Math.Min(geometry.FragmentBytesMax, part.RecordBytes - partBytes))
        {
            return "a fragment is not the one that comes next";
        }

        bytes.CopyTo(parts.AsSpan(partBytes));
        partBytes += bytes.Length;
        part = part with { Index = part.Index + 1 };
        if (part.Index < part.Count)
        {
            return null;
        }

        partBytes = 0;
        return RefuseRecord(parts.AsSpan(0, part.RecordBytes), next);
    }

    private string? RefuseRecord(ReadOnlySpan<byte> record, long next)
    {
        if (RefuseHeader(record, record.Length, out var header) is { } reason)
        {
            return reason;
        }

        var payload = record[RecordHeader.SizeBytes..];
        if (header.PayloadHash != XxHash3.HashToUInt64(payload))
        {
            return "its payload does not match its checksum";
        }

        var participants = header.ParticipantCount * Participant.SizeBytes;
        sink.Apply(new LogRecord
        {
            Lsn = header.Lsn,
            TimeMicros = header.TimeMicros,
            Kind = header.Kind,
            End = new LogPosition(header.Lsn, next, header.Checksum, header.TimeMicros),
            Participants = payload[..participants],
            Body = payload[participants..],
        });
        end.Lsn = header.Lsn;
        end.Checksum = header.Checksum;
        end.TimeMicros = header.TimeMicros;
        end.Kind = header.Kind;
        end.Address = end.StopAddress = next;
        NoteDurable(header, next);
        return null;
    }

    private string? RefuseHeader(ReadOnlySpan<byte> record, int recordBytes, out RecordHeader header)
    {
        if (!RecordHeader.TryRead(record, geometry.Seed, out header))
        {
            return "its header does not match its checksum";
        }

        if (header.Lsn != end.Lsn + 1)
        {
            return $"what is there is record {header.Lsn}";
        }

        if (header.PreviousChecksum != end.Checksum || header.DurableLsn >= header.Lsn || header.TimeMicros < end.TimeMicros)
        {
            return "it does not continue the record before";
        }

        return header.PayloadBytes == recordBytes - RecordHeader.SizeBytes ? null : "its length is not the one in its header";
    }

    /// <summary>Remembers where records end only until one is known to be durable, which is never long.</summary>
    private void NoteDurable(in RecordHeader header, long endAddress)
    {
        ends.Enqueue((header.Lsn, endAddress));
        end.DurableLsn = Math.Max(end.DurableLsn, header.DurableLsn);
        while (ends.TryPeek(out var oldest) && oldest.Lsn <= end.DurableLsn)
        {
            end.DurableAddress = oldest.Address;
            ends.Dequeue();
        }
    }
}
