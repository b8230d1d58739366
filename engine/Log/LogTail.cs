namespace Storage.Engine.Log;

/// <summary>What lies behind the end that a scan found: a torn tail, which is cut, or the proof that records were damaged.</summary>
internal sealed class LogTail
{
    private readonly SegmentFiles segments;
    private readonly LogGeometry geometry;
    private readonly LogEnd end;
    private readonly byte[] page;

    internal LogTail(SegmentFiles segments, LogEnd end)
    {
        this.segments = segments;
        this.end = end;
        geometry = segments.Geometry;
        page = new byte[geometry.PageBytes];
    }

    /// <summary>Makes the log end where the scan said, durably, so that bytes from behind it can never come back.</summary>
    /// <exception cref="InvalidDataException">Records behind the end prove that the missing one was durable.</exception>
    internal void Settle()
    {
        RefuseOlder();
        RefuseDamage();
        if (segments.Found.Leftovers.Count > 0)
        {
            // IMPORTANT: first. The manifest that makes them leftovers may have its name in memory only, when the process
            // that gave it was killed; a loss of power could bring back the one before, which needs them.
            segments.SyncDirectory();
            segments.DeleteLeftovers();
        }

        Cut();

        // A killed process leaves records that the system has and the disk may not have. They count from now on.
        Rewrite();
        var undurable = segments.From(geometry.Segment(end.DurableAddress - 1));
        foreach (var segment in undurable)
        {
            segments.Sync(segment);
        }

        segments.SyncDirectory();
        if (end.Lsn > segments.Found.DurableLsn)
        {
            segments.MarkDurable(undurable.Last(), end.Lsn);
            segments.WitnessDurable(end.Lsn);
        }
    }

    /// <summary>
    /// A log that has no record behind the position may be a copy from before it. Its marks or the record before the
    /// position tell; where a record follows, the chain has told.
    /// </summary>
    private void RefuseOlder()
    {
        if (end.Kind == 0 && end.Lsn > segments.Found.DurableLsn && !HoldsLastRecord())
        {
            throw new InvalidDataException(
                $"The log is damaged: record {end.Lsn} should end at offset {segments.FileOffset(end.Address - 1) + 1} of "
                + $"{segments.NameAt(end.Address - 1)}, where the store's checkpoint was made, but it is not there: the file is damaged "
                + "or older than the checkpoint. Nothing was changed. Put the right file back, or restore the store from a backup.");
        }
    }

    /// <summary>Looks for the record, or its last fragment, on the page it must end on.</summary>
    private bool HoldsLastRecord()
    {
        var start = geometry.PageStart(end.Address - 1);
        var rest = page.AsSpan(0, (int)(end.Address - start));
        segments.Read(start, rest);
        for (var offset = 0; offset < rest.Length; offset++)
        {
            var isRecord = RecordHeader.TryRead(rest[offset..], geometry.Seed, out var header)
                && header.Lsn == end.Lsn && header.Checksum == end.Checksum;
            var isLastPart = FragmentHeader.TryRead(rest[offset..], out var part)
                && part.Lsn == end.Lsn && part.Index == part.Count - 1;
            if (isRecord || isLastPart)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Asks the marks, and searches all that is left for headers of this log. A header vouches for itself, so it needs no way to it; one
    /// that knew the missing record to be durable was stamped after a sync that covered it.
    /// </summary>
    private void RefuseDamage()
    {
        var missing = end.Lsn + 1;
        if (segments.Found is var found && found.DurableLsn >= missing)
        {
            throw Damage(missing, "the mark", found.DurableMark.Offset, found.DurableMark.Name, found.DurableLsn);
        }

        foreach (var segment in segments.From(geometry.Segment(end.Address)))
        {
            var until = (segment * geometry.SegmentBytes) + segments.DataBytes(segment);
            for (var address = Start(segment); address < until; address = geometry.PageStart(address) + geometry.PageBytes)
            {
                var rest = Load(address);
                for (var offset = 0; NextHeader(rest, ref offset, out var header); offset++)
                {
                    if (header.Lsn > missing && header.DurableLsn >= missing)
                    {
                        throw Damage(
                            missing,
                            $"record {header.Lsn}",
                            segments.FileOffset(address + offset),
                            segments.NameAt(address + offset),
                            header.DurableLsn);
                    }
                }
            }
        }
    }

    private bool NextHeader(ReadOnlySpan<byte> rest, ref int offset, out RecordHeader header)
    {
        header = default;
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

    private void Cut()
    {
        var last = geometry.Segment(end.Address);
        segments.CutBehind(last);
        var until = (last * geometry.SegmentBytes) + segments.DataBytes(last);
        for (var address = end.Address; address < until; address = geometry.PageStart(address) + geometry.PageBytes)
        {
            var rest = Load(address);
            var bytes = rest.LastIndexOfAnyExcept((byte)0) + 1;
            if (bytes > 0)
            {
                segments.Zero(address, bytes);
            }
        }
    }

    /// <summary>
    /// IMPORTANT: written again, not only synced. Where a sync failed, the system shows what it could not write and takes
    /// it for written: a later sync succeeds without it, and a loss of power takes it away.
    /// </summary>
    private void Rewrite()
    {
        for (var address = end.DurableAddress; address < end.Address; address = geometry.PageStart(address) + geometry.PageBytes)
        {
            var bytes = (int)Math.Min(geometry.PageBytes - geometry.OffsetInPage(address), end.Address - address);
            segments.Write(geometry.Segment(address), address & (geometry.SegmentBytes - 1), Load(address)[..bytes]);
        }
    }

    private long Start(int segment) => Math.Max(end.Address, segment * geometry.SegmentBytes);

    private ReadOnlySpan<byte> Load(long address)
    {
        var rest = page.AsSpan(geometry.OffsetInPage(address));
        segments.Read(address, rest);
        return rest;
    }

    private InvalidDataException Damage(long missing, string witness, long witnessOffset, string witnessName, long durableLsn)
    {
        return new InvalidDataException(
            $"The log is damaged: record {missing} should be {Place()}, but {end.StopReason}. It was durable: {witness} at offset "
            + $"{witnessOffset} of {witnessName} says so of all up to {durableLsn}. "
            + "Nothing was changed. Restore the file from a copy, or the store from a backup.");
    }

    /// <summary>A record of several entries lies from behind the one before it to where the walk stopped, damaged anywhere.</summary>
    private string Place()
    {
        var stop = $"offset {segments.FileOffset(end.StopAddress)} of {segments.NameAt(end.StopAddress)}";
        if (end.StopAddress == end.Address)
        {
            return "at " + stop;
        }

        var between = segments.From(geometry.Segment(end.Address) + 1)
            .Where(segment => segment < geometry.Segment(end.StopAddress))
            .Select(SegmentFiles.NameOf);
        return $"between {string.Join(", ", [$"offset {segments.FileOffset(end.Address)} of {segments.NameAt(end.Address)}", .. between])} and {stop}";
    }
}
