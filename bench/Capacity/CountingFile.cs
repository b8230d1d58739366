using Storage.Engine.Files;
using Storage.Engine.Log;

namespace Storage.Bench.Capacity;

/// <summary>One file of <see cref="CountingFiles"/>.</summary>
internal sealed class CountingFile(
    CountingFiles counts, IStoreFile inner, FileKind kind, int segment, CountingFiles.Run? run, long number) : IStoreFile
{
    public long LengthBytes => inner.LengthBytes;

    public int Read(long offset, Span<byte> destination)
    {
        var read = inner.Read(offset, destination);
        if (run is not null)
        {
            counts.RunReads.Add(number, offset, read);
        }

        return read;
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        inner.Write(offset, source);
        var last = kind == FileKind.Log ? source.LastIndexOfAnyExcept((byte)0) : source.Length;
        counts.CountWrite(last < 0 ? FileKind.LogZeros : kind, source.Length);
        if (segment >= 0 && last >= 0 && offset >= SegmentHeader.BlockBytes)
        {
            counts.MoveLogEnd(segment, offset + last + 1);
        }

        if (run is not null)
        {
            Interlocked.Add(ref run.Bytes, source.Length);
        }
    }

    public void Sync() => inner.Sync();

    public void SetLength(long lengthBytes) => inner.SetLength(lengthBytes);

    public void Dispose() => inner.Dispose();
}
