using Storage.Engine.Files;

namespace Storage.Engine.Log;

/// <summary>What an opening reads from the header block of one segment file.</summary>
internal sealed class FoundSegment
{
    /// <summary>Version of the log's formats that the header names.</summary>
    internal byte Version { get; private init; }

    /// <summary>Sizes and identity of the log it is part of; null when the header is none of this segment.</summary>
    internal LogGeometry? Geometry { get; private init; }

    /// <summary>What is wrong with the file, in words; null when nothing is.</summary>
    internal string? Fault { get; private init; }

    /// <summary>True for a file of nothing but zeros, which in version 1 a creation cut short leaves.</summary>
    internal bool IsZero { get; private init; }

    /// <summary>The highest LSN that its marks say is durable; 0 for none.</summary>
    internal long DurableLsn { get; private init; }

    /// <summary>Place of the mark that says so.</summary>
    internal int DurablePlace { get; private init; }

    /// <summary>True when its mark says that the next segment exists.</summary>
    internal bool HasSuccessor { get; private init; }

    internal static FoundSegment Read(IStoreFiles files, string name, int segment)
    {
        using var file = files.Open(name, create: false);
        var buffer = new byte[SegmentHeader.BlockBytes];
        var block = buffer.AsSpan(0, file.Read(0, buffer));
        if (SegmentHeader.TryRead(block, out var number, out var geometry) && number == segment)
        {
            var (first, second) = (SegmentMark.Read(block, geometry, segment, 0), SegmentMark.Read(block, geometry, segment, 1));
            var version = SegmentHeader.VersionOf(block);
            return new FoundSegment
            {
                Version = version,
                Geometry = geometry,
                Fault = version == SegmentHeader.VersionWithoutMarks
                    ? null
                    : CutShort(file, name, geometry) ?? (first is null && second is null ? Emptied(file, name, segment) : null),
                DurableLsn = Math.Max(first ?? 0, second ?? 0),
                DurablePlace = (second ?? 0) > (first ?? 0) ? 1 : 0,
                HasSuccessor = SegmentMark.Read(block, geometry, segment, SegmentMark.SuccessorPlace) is not null,
            };
        }

        if (SegmentHeader.VersionOf(block) is > 0 and var other && !SegmentHeader.IsRead(other))
        {
            return new FoundSegment
            {
                Fault = $"{name} is of log format {other}; this build reads {SegmentHeader.VersionWithoutMarks} and {SegmentHeader.Version}. "
                    + "Nothing was changed.",
            };
        }

        return new FoundSegment
        {
            IsZero = HoldsOnlyZeros(file),
            Fault = $"The header of {name} is damaged: offsets 0 to {SegmentHeader.BlockBytes} are not those of segment {segment}. "
                + "Nothing was changed. Restore the file from a copy, or the store from a backup.",
        };
    }

    /// <summary>A segment has its first zeros before it has its name, so a shorter file was cut, and its marks with it.</summary>
    private static string? CutShort(IStoreFile file, string name, in LogGeometry geometry)
    {
        var lengthBytesMin = SegmentHeader.BlockBytes + Math.Min(SegmentFiles.ZeroStepBytes, geometry.SegmentBytes);
        return file.LengthBytes >= lengthBytesMin
            ? null
            : $"The log is damaged: {name} ends at offset {file.LengthBytes}, and no segment is shorter than {lengthBytesMin} bytes. "
                + "Nothing was changed. Restore the file from a copy, or the store from a backup.";
    }

    /// <summary>A segment has marks before it has its name, and its first entry is where its data starts.</summary>
    private static string? Emptied(IStoreFile file, string name, int segment)
    {
        Span<byte> length = stackalloc byte[LogGeometry.EntryLengthBytes];
        var start = SegmentHeader.BlockBytes + (segment == 0 ? LogGeometry.FirstAddress : 0);
        return file.Read(start, length) == length.Length && length.ContainsAnyExcept((byte)0)
            ? null
            : $"The log is damaged: {name} has neither marks nor records behind its header. "
                + "Nothing was changed. Restore the file from a copy, or the store from a backup.";
    }

    private static bool HoldsOnlyZeros(IStoreFile file)
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
}
