using Storage.Engine.Files;

namespace Storage.Engine.Log;

/// <summary>
/// A second witness to what is durable, in a file of its own. The marks in a segment are as old as the segment: where it
/// is replaced by an older copy of itself, which is whole, only another file can tell. Written without a sync after each
/// commit's sync, with the marks' layout; missing, stale or damaged it says nothing, and the log proves what it can alone.
/// </summary>
internal sealed class DurableWitness : IDisposable
{
    /// <summary>Name of the file.</summary>
    internal const string FileName = "DURABLE";

    /// <summary>The marks are not of a segment.</summary>
    internal const int Segment = -1;

    private readonly IStoreFiles files;
    private readonly LogGeometry geometry;
    private IStoreFile? file;
    private int place;
    private bool hasFailed;

    internal DurableWitness(IStoreFiles files, in LogGeometry geometry)
    {
        this.files = files;
        this.geometry = geometry;
    }

    /// <summary>The highest LSN that the file says is durable, and the offset of the mark; 0 when it says nothing.</summary>
    internal static (long Lsn, long Offset) Read(IStoreFiles files, in LogGeometry geometry)
    {
        if (!files.Exists(FileName))
        {
            return (0, 0);
        }

        using var file = files.Open(FileName, create: false);
        var buffer = new byte[SegmentMark.Offset(SegmentMark.DurablePlaces)];
        var block = buffer.AsSpan(0, file.Read(0, buffer));
        var first = SegmentMark.Read(block, geometry, Segment, 0) ?? 0;
        var second = SegmentMark.Read(block, geometry, Segment, 1) ?? 0;
        return first >= second ? (first, SegmentMark.Offset(0)) : (second, SegmentMark.Offset(1));
    }

    /// <summary>
    /// Notes that everything up to an LSN is durable, which it must be. A disk that does not take the note has taken the
    /// records: the log goes on without a second witness.
    /// </summary>
    internal void Mark(long lsn)
    {
        if (hasFailed)
        {
            return;
        }

        try
        {
            file ??= files.Open(FileName, create: true);
            place = (place + 1) % SegmentMark.DurablePlaces;
            Span<byte> mark = stackalloc byte[SegmentMark.SizeBytes];
            SegmentMark.Write(mark, geometry, Segment, place, lsn);
            file.Write(SegmentMark.Offset(place), mark);
        }
        catch (IOException)
        {
            hasFailed = true;
        }
    }

    /// <summary>Makes the last note durable too.</summary>
    internal void Sync()
    {
        if (!hasFailed)
        {
            file?.Sync();
        }
    }

    public void Dispose() => file?.Dispose();
}
