using Storage.Engine.Files;

namespace Storage.Engine.Log;

/// <summary>What an opening reads from the header block of one segment file.</summary>
internal sealed class FoundSegment
{
    /// <summary>Sizes and identity of the log it is part of; null when the header is none of this segment.</summary>
    internal LogGeometry? Geometry { get; private init; }

    /// <summary>What is wrong with the file, in words; null when nothing is.</summary>
    internal string? Fault { get; private init; }

    /// <summary>True for a file of nothing but zeros, which a creation cut short leaves.</summary>
    internal bool IsZero { get; private init; }

    internal static FoundSegment Read(IStoreFiles files, string name, int segment)
    {
        using var file = files.Open(name, create: false);
        var buffer = new byte[SegmentHeader.BlockBytes];
        var block = buffer.AsSpan(0, file.Read(0, buffer));
        if (SegmentHeader.TryRead(block, out var number, out var geometry) && number == segment)
        {
            return new FoundSegment { Geometry = geometry };
        }

        if (SegmentHeader.VersionOf(block) is > 0 and var version && version != SegmentHeader.Version)
        {
            return new FoundSegment { Fault = $"{name} is of log format {version}; this build reads {SegmentHeader.Version}." };
        }

        return new FoundSegment
        {
            IsZero = HoldsOnlyZeros(file),
            Fault = $"The header of {name} is damaged: offsets 0 to {SegmentHeader.BlockBytes} are not those of segment {segment}. "
                + "Nothing was changed. Restore the file from a copy.",
        };
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
