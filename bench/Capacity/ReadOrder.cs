namespace Storage.Bench.Capacity;

/// <summary>How ordered the reads of files were. Safe for many threads.</summary>
internal sealed class ReadOrder
{
    /// <summary>A gap that a device's read-ahead covers anyway.</summary>
    private const long NearBytes = 128 * 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<long, long> ends = []; // of the last read of each file
    private long count;
    private long bytes;
    private long next;
    private long near;

    internal void Add(long file, long offset, int length)
    {
        lock (gate)
        {
            if (ends.TryGetValue(file, out var end))
            {
                next += offset == end ? 1 : 0;
                near += offset >= end && offset - end <= NearBytes ? 1 : 0;
            }

            count++;
            bytes += length;
            ends[file] = offset + length;
        }
    }

    /// <summary>
    /// Reads and bytes since last asked; shares of them that began where the last read of the same file ended, and that
    /// began there or at most 128 KB behind.
    /// </summary>
    internal (long Count, long Bytes, double Next, double Near) Take()
    {
        lock (gate)
        {
            var taken = (count, bytes, (double)next / Math.Max(1, count), (double)near / Math.Max(1, count));
            count = bytes = next = near = 0;
            return taken;
        }
    }
}
