namespace Storage.Engine.Streams;

/// <summary>
/// Where the tail puts images: one after the other into arrays that are let go of when nobody has a change of them any
/// more. An array is never used again, so a reader may keep what it has.
/// </summary>
internal sealed class TailSegments
{
    /// <summary>
    /// Large enough that the collector never moves one: what lives as long as these must not be copied from generation to
    /// generation (with 64 KB, collections held the process four times as long).
    /// </summary>
    private const int SegmentBytes = 256 * 1024;

    private byte[] current = [];
    private int used;

    /// <summary>Copies two images side by side.</summary>
    internal byte[] Add(ReadOnlySpan<byte> newImage, ReadOnlySpan<byte> oldImage, out int offset)
    {
        var bytes = newImage.Length + oldImage.Length;
        if (current.Length - used < bytes)
        {
            if (bytes > SegmentBytes / 8)
            {
                // A segment of its own: the rest of the current one is not given up for it.
                var own = GC.AllocateUninitializedArray<byte>(bytes);
                newImage.CopyTo(own);
                oldImage.CopyTo(own.AsSpan(newImage.Length));
                offset = 0;
                return own;
            }

            current = GC.AllocateUninitializedArray<byte>(SegmentBytes);
            used = 0;
        }

        offset = used;
        newImage.CopyTo(current.AsSpan(used));
        oldImage.CopyTo(current.AsSpan(used + newImage.Length));
        used += bytes;
        return current;
    }
}
