namespace Storage.Engine.Partitions;

/// <summary>
/// Entries copied out of an ordered range under a latch, read after it is released. Reusable; one page belongs to
/// one cursor.
/// </summary>
internal sealed class EntryPage
{
    private const int BytesMin = 4096;
    private const int EndsMin = 64;

    private byte[] bytes = [];
    private int[] ends = []; // key end, value end, key end, value end ...
    private int used;

    /// <summary>Entries on the page.</summary>
    internal int Count { get; private set; }

    /// <summary>Greatest LSN of the leaves visited, also of those that gave no entry: the proof of absence.</summary>
    internal long Lsn { get; set; }

    /// <summary>True when the range has no entry beyond the last one here.</summary>
    internal bool Exhausted { get; set; }

    /// <summary>Key and value bytes on the page.</summary>
    internal int Bytes => used;

    internal void Clear()
    {
        Count = 0;
        used = 0;
        Lsn = 0;
        Exhausted = false;
    }

    internal ReadOnlySpan<byte> Key(int index)
    {
        var start = index == 0 ? 0 : ends[(2 * index) - 1];
        return bytes.AsSpan(start, ends[2 * index] - start);
    }

    internal ReadOnlySpan<byte> Value(int index) => bytes.AsSpan(ends[2 * index], ends[(2 * index) + 1] - ends[2 * index]);

    /// <summary>
    /// How many of the first entries lie before a bound in the direction of the page: below it, or, of a descending page,
    /// not below it.
    /// </summary>
    internal int CountWithin(ReadOnlySpan<byte> bound, bool ascending)
    {
        var low = 0;
        var high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Key(middle).SequenceCompareTo(bound) < 0 == ascending)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Copies an entry whose key lies in two pieces (shared prefix and suffix).</summary>
    internal void Add(ReadOnlySpan<byte> keyPrefix, ReadOnlySpan<byte> keySuffix, ReadOnlySpan<byte> value)
    {
        var needed = used + keyPrefix.Length + keySuffix.Length + value.Length;
        if (needed > bytes.Length)
        {
            Array.Resize(ref bytes, Math.Max(Math.Max(needed, BytesMin), bytes.Length * 2));
        }

        if ((2 * Count) + 2 > ends.Length)
        {
            Array.Resize(ref ends, Math.Max(EndsMin, ends.Length * 2));
        }

        keyPrefix.CopyTo(bytes.AsSpan(used));
        used += keyPrefix.Length;
        keySuffix.CopyTo(bytes.AsSpan(used));
        used += keySuffix.Length;
        ends[2 * Count] = used;
        value.CopyTo(bytes.AsSpan(used));
        used += value.Length;
        ends[(2 * Count) + 1] = used;
        Count++;
    }
}
