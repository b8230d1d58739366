using System.Buffers.Binary;
using System.IO.Hashing;
using Storage.Engine.Log;

namespace Storage.Engine.Recovery;

/// <summary>
/// Walks a log that may be damaged and hands on every whole record. Where the chain breaks it searches, as opening
/// does, for the next header of this log: a header vouches for itself, and its record's payload by its hash.
/// </summary>
internal sealed class VerifyLogWalk
{
    private const int GapsMax = 100_000;

    private readonly VerifyLogFiles log;
    private readonly LogGeometry geometry;
    private readonly IVerifyLogSink sink;
    private readonly VerifyLogEnd end = new();
    private readonly byte[] page;
    private long pageAddress = -1;
    private byte[] parts = [];
    private long lsn; // of the last whole record, behind a gap too; -1: unknown
    private ulong checksum;
    private long timeMicros;
    private bool isContinuous = true;
    private bool opens = true;
    private long floor = -1; // records behind this one are expected, though the log begins somewhere; -1: none

    internal VerifyLogWalk(VerifyLogFiles log, IVerifyLogSink sink)
    {
        this.log = log;
        this.sink = sink;
        geometry = log.Geometry!.Value;
        page = new byte[geometry.PageBytes];
    }

    /// <summary>Walks from a place known to be behind a record on.</summary>
    internal VerifyLogEnd Run(in LogPosition from, CancellationToken cancellation) =>
        Run(from, from.Lsn, from.Address, long.MaxValue, log.DurableLsn, cancellation);

    /// <summary>
    /// Walks from the first record that is there, up to an address. With an LSN, the records behind it are all expected;
    /// without one (-1) the log may begin anywhere. All up to <paramref name="durableLsn"/> are known to be durable.
    /// </summary>
    internal VerifyLogEnd Run(long behindLsn, long until, long durableLsn, CancellationToken cancellation)
    {
        var first = log.Segments.Count == 0 ? 0 : log.Segments.First() * geometry.SegmentBytes;
        var start = LogPosition.Start(geometry);
        floor = first > 0 ? behindLsn : -1;
        var durable = until == long.MaxValue ? Math.Max(durableLsn, log.DurableLsn) : durableLsn;
        return Run(start, first > 0 ? -1 : 0, Math.Max(first, start.Address), until, durable, cancellation);
    }

    private VerifyLogEnd Run(
        in LogPosition start, long startLsn, long startAddress, long until, long durableLsn, CancellationToken cancellation)
    {
        lsn = startLsn;
        checksum = start.Checksum;
        timeMicros = start.TimeMicros;
        end.Lsn = Math.Max(lsn, 0);
        end.DurableLsn = Math.Max(end.Lsn, durableLsn);
        end.Checksum = checksum;
        end.TimeMicros = timeMicros;
        var address = end.Address = end.LastAddress = startAddress;
        var limit = Math.Min(until, LogEndAddress());
        while (address < limit)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryRead(address, out var found) && Continues(found.Header))
            {
                Take(found);
                address = found.Next;
            }
            else
            {
                address = Search(address, found, limit);
            }
        }

        if (lsn < end.DurableLsn && end.Gaps is not [.., { BeforeLsn: 0 }])
        {
            AddGap(new VerifyLogGap(Math.Max(lsn, 0), 0, address, limit, "the files end there", false));
        }

        foreach (var gap in end.Gaps)
        {
            end.IsDamaged |= gap.AfterLsn < end.DurableLsn;
        }

        return end;
    }

    /// <summary>What was read at an address: a whole record, or why there is none.</summary>
    private struct Found
    {
        internal RecordHeader Header;
        internal ReadOnlyMemory<byte> Payload;
        internal long Address;
        internal long Next;
        internal string? Reason;
    }

    private long LogEndAddress() => log.Segments.Count == 0 ? 0 : log.EndOf(log.Segments.Last());

    private bool Continues(in RecordHeader header) =>
        lsn < 0 ? floor < 0 || header.Lsn <= floor + 1 : (header.Lsn == lsn + 1 && header.PreviousChecksum == checksum && header.TimeMicros >= timeMicros);

    private void Take(in Found found)
    {
        var header = found.Header;
        lsn = header.Lsn;
        checksum = header.Checksum;
        timeMicros = header.TimeMicros;
        end.DurableLsn = Math.Max(end.DurableLsn, header.DurableLsn);
        end.RecordCount++;
        end.LastAddress = found.Next;
        if (isContinuous)
        {
            end.Lsn = lsn;
            end.Checksum = checksum;
            end.TimeMicros = timeMicros;
            end.Address = found.Next;
        }
        else
        {
            end.CutOffCount++;
        }

        var participants = header.ParticipantCount * Participant.SizeBytes;
        sink.Take(
            new LogRecord
            {
                Lsn = header.Lsn,
                TimeMicros = header.TimeMicros,
                Kind = header.Kind,
                Participants = found.Payload.Span[..participants],
                Body = found.Payload.Span[participants..],
            },
            new VerifyLogPlace(found.Address, isContinuous, opens));
    }

    /// <summary>
    /// Looks for the next whole record behind an address where the chain broke, takes it, and returns where to go on.
    /// What is older than the record before is left over from another time and not of the log.
    /// </summary>
    private long Search(long address, in Found broken, long limit)
    {
        var reason = broken.Reason ?? (lsn >= 0 && broken.Header.Lsn == lsn + 1
            ? "it does not continue the record before"
            : $"what is there is record {broken.Header.Lsn}");
        var hasBytes = false;
        for (var at = address; at < limit; at = geometry.PageStart(at) + geometry.PageBytes)
        {
            Load(geometry.PageStart(at));
            var offset = geometry.OffsetInPage(at);
            hasBytes |= page.AsSpan(offset).ContainsAnyExcept((byte)0);
            for (; NextHeader(ref offset, out var header); offset++, Load(geometry.PageStart(at)))
            {
                if (geometry.PageStart(at) + offset >= limit)
                {
                    break;
                }

                end.DurableLsn = Math.Max(end.DurableLsn, header.DurableLsn);
                if (header.Lsn > lsn && TryReadAt(geometry.PageStart(at) + offset, header, out var found))
                {
                    Gap(address, found, reason);
                    Take(found);
                    return found.Next;
                }
            }
        }

        if (hasBytes || lsn < end.DurableLsn)
        {
            opens = false;
            AddGap(new VerifyLogGap(Math.Max(lsn, 0), 0, address, limit, reason, hasBytes));
        }

        return limit;
    }

    private void Gap(long address, in Found found, string reason)
    {
        if (lsn < 0 && Continues(found.Header))
        {
            return; // a trimmed log begins anywhere
        }

        // When only the length of an entry is damaged, or stale bytes lie between, nothing is missing.
        isContinuous &= Continues(found.Header);
        opens = false;
        AddGap(new VerifyLogGap(Math.Max(lsn, Math.Max(floor, 0)), found.Header.Lsn, address, found.Address, reason, true));
    }

    private void AddGap(VerifyLogGap gap)
    {
        if (end.Gaps.Count < GapsMax)
        {
            end.Gaps.Add(gap);
        }
    }

    private bool NextHeader(ref int offset, out RecordHeader header)
    {
        header = default;
        ReadOnlySpan<byte> rest = page;
        while (rest[offset..].IndexOf(RecordHeader.Magic) is >= 0 and var skipped)
        {
            offset += skipped;
            if (RecordHeader.TryRead(rest[offset..], geometry.Seed, out header))
            {
                return true;
            }

            offset++;
        }

        return false;
    }

    /// <summary>Reads the record whose header is at an address, be the length of its entry right or not.</summary>
    private bool TryReadAt(long headerAddress, in RecordHeader header, out Found found)
    {
        var recordBytes = RecordHeader.SizeBytes + header.PayloadBytes;
        if (recordBytes > geometry.EntryBytesMax)
        {
            var entry = headerAddress - FragmentHeader.SizeBytes - LogGeometry.EntryLengthBytes;
            return TryRead(entry, out found) && found.Address == entry && found.Header.Lsn == header.Lsn;
        }

        found = default;
        var offset = geometry.OffsetInPage(headerAddress);
        if (offset + recordBytes > page.Length)
        {
            return false;
        }

        found.Address = headerAddress - LogGeometry.EntryLengthBytes;
        found.Next = found.Address + LogGeometry.EntryBytes(recordBytes);
        return TryTakeRecord(page.AsMemory(offset, recordBytes), ref found);
    }

    /// <summary>Reads the record at an address, or at the start of the next page where its own has no more.</summary>
    private bool TryRead(long address, out Found found)
    {
        found = default;
        if (!TryFindEntry(ref address, out var content, out var reason))
        {
            found.Reason = reason;
            return false;
        }

        found.Address = address;
        found.Next = address + LogGeometry.EntryBytes(content.Length);
        if (!FragmentHeader.TryRead(content.Span, out var fragment))
        {
            return TryTakeRecord(content, ref found);
        }

        found.Reason = "its fragments do not make a record";
        return fragment.Index == 0 && TryJoin(fragment, content, ref found) && TryTakeRecord(parts.AsMemory(0, fragment.RecordBytes), ref found);
    }

    private bool TryJoin(FragmentHeader first, ReadOnlyMemory<byte> content, ref Found found)
    {
        var count = (first.RecordBytes + geometry.FragmentBytesMax - 1) / geometry.FragmentBytesMax;
        if (first.Count != count || !RecordHeader.TryRead(content.Span[FragmentHeader.SizeBytes..], geometry.Seed, out var header)
            || header.Lsn != first.Lsn || header.PayloadBytes != first.RecordBytes - RecordHeader.SizeBytes)
        {
            return false;
        }

        parts = parts.Length >= first.RecordBytes ? parts : new byte[first.RecordBytes];
        var used = 0;
        for (var index = 0; index < count; index++)
        {
            var address = found.Next;
            if (index > 0)
            {
                if (!TryFindEntry(ref address, out content, out _)
                    || !FragmentHeader.TryRead(content.Span, out var next) || next != first with { Index = index })
                {
                    return false;
                }

                found.Next = address + LogGeometry.EntryBytes(content.Length);
            }

            var bytes = content[FragmentHeader.SizeBytes..];
            if (bytes.Length != Math.Min(geometry.FragmentBytesMax, first.RecordBytes - used))
            {
                return false;
            }

            bytes.CopyTo(parts.AsMemory(used));
            used += bytes.Length;
        }

        return true;
    }

    private bool TryTakeRecord(ReadOnlyMemory<byte> record, ref Found found)
    {
        found.Payload = default;
        if (!RecordHeader.TryRead(record.Span, geometry.Seed, out found.Header))
        {
            found.Reason = "its header does not match its checksum";
            return false;
        }

        var payload = record[RecordHeader.SizeBytes..];
        if (found.Header.PayloadBytes != payload.Length)
        {
            found.Reason = "its length is not the one in its header";
            return false;
        }

        if (XxHash3.HashToUInt64(payload.Span) != found.Header.PayloadHash)
        {
            found.Reason = "its payload does not match its checksum";
            return false;
        }

        found.Payload = payload;
        found.Reason = null;
        return true;
    }

    private bool TryFindEntry(ref long address, out ReadOnlyMemory<byte> content, out string reason)
    {
        content = default;
        for (var start = address; ; address = geometry.PageStart(address) + geometry.PageBytes)
        {
            Load(geometry.PageStart(address));
            var rest = page.AsSpan(geometry.OffsetInPage(address));
            var length = rest.Length < LogGeometry.EntryLengthBytes ? 0 : BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (length > 0 && length <= rest.Length - LogGeometry.EntryLengthBytes)
            {
                content = page.AsMemory(geometry.OffsetInPage(address) + LogGeometry.EntryLengthBytes, length);
                reason = "";
                return true;
            }

            if (length != 0 || address != start)
            {
                reason = length != 0 ? $"{length} is not the length of an entry" : "there are only zeros";
                return false;
            }
        }
    }

    private void Load(long address)
    {
        if (address != pageAddress)
        {
            log.Read(address, page);
            pageAddress = address;
        }
    }
}
