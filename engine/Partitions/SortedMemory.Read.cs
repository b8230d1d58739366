namespace Storage.Engine.Partitions;

// Reading ranges. A call stops at the edge of the first leaf that gave an entry, so that its latch is held shortly; the
// bound of that leaf tells whether the range goes on. Every leaf looked at counts into the page's LSN.
internal sealed partial class SortedMemory
{
    /// <summary>
    /// Clears the page, then copies entries with <paramref name="from"/> &lt;= key &lt; <paramref name="end"/> in ascending
    /// order until the page holds <paramref name="entriesMax"/> entries or at least <paramref name="bytesMax"/> bytes, or
    /// a leaf's edge is reached. Gives at least one entry, or says that the range is exhausted. An empty end means no bound.
    /// </summary>
    internal void ReadForward(ReadOnlySpan<byte> from, ReadOnlySpan<byte> end, int entriesMax, int bytesMax, EntryPage page)
    {
        page.Clear();
        var node = root;
        InnerNode? bound = null; // the nearest separator to the right
        var boundIndex = 0;
        while (node is InnerNode inner)
        {
            var index = inner.IndexOf(from, arena);
            if (index < inner.Keys.Count)
            {
                bound = inner;
                boundIndex = index;
            }

            node = inner[index];
        }

        var leaf = (Leaf)node;
        var at = leaf.Keys.Find(from[leaf.Keys.PrefixLength..], arena, out _);
        while (true)
        {
            page.Lsn = Math.Max(page.Lsn, leaf.Lsn);
            var stop = end.IsEmpty ? leaf.Keys.Count : leaf.Keys.FindAny(end, arena);
            for (; at < stop; at++)
            {
                if (page.Count > 0 && (page.Count >= entriesMax || page.Bytes >= bytesMax))
                {
                    return;
                }

                page.Add(leaf.Keys.Prefix, leaf.Keys.Suffix(at, arena), leaf.Value(at, arena));
            }

            if (stop < leaf.Keys.Count || leaf.Next is not { } next
                || (bound is not null && !end.IsEmpty && bound.Keys.FindAny(end, arena) <= boundIndex))
            {
                page.Exhausted = true;
                return;
            }

            if (page.Count > 0)
            {
                return;
            }

            leaf = next;
            at = 0;
            bound = null; // known only for the leaf descended to
        }
    }

    /// <summary>
    /// Copies entries with <paramref name="start"/> &lt;= key &lt; <paramref name="below"/> in descending order, as
    /// <see cref="ReadForward"/> does. An empty below means no bound.
    /// </summary>
    internal void ReadBackward(ReadOnlySpan<byte> below, ReadOnlySpan<byte> start, int entriesMax, int bytesMax, EntryPage page)
    {
        page.Clear();
        var node = root;
        InnerNode? bound = null; // the nearest separator to the left
        var boundIndex = 0;
        while (node is InnerNode inner)
        {
            var index = below.IsEmpty ? inner.Keys.Count : inner.IndexBelow(below, arena);
            if (index > 0)
            {
                bound = inner;
                boundIndex = index - 1;
            }

            node = inner[index];
        }

        var leaf = (Leaf)node;
        var at = below.IsEmpty ? leaf.Keys.Count : leaf.Keys.Find(below[leaf.Keys.PrefixLength..], arena, out _);
        while (true)
        {
            page.Lsn = Math.Max(page.Lsn, leaf.Lsn);
            var stop = start.IsEmpty ? 0 : leaf.Keys.FindAny(start, arena);
            for (; at > stop; at--)
            {
                if (page.Count > 0 && (page.Count >= entriesMax || page.Bytes >= bytesMax))
                {
                    return;
                }

                page.Add(leaf.Keys.Prefix, leaf.Keys.Suffix(at - 1, arena), leaf.Value(at - 1, arena));
            }

            if (stop > 0 || leaf.Previous is not { } previous
                || (bound is not null && !start.IsEmpty && bound.Keys.FindAny(start, arena) > boundIndex))
            {
                page.Exhausted = true;
                return;
            }

            if (page.Count > 0)
            {
                return;
            }

            leaf = previous;
            at = leaf.Keys.Count;
            bound = null;
        }
    }
}
