namespace Storage.Engine.Partitions;

// Merging after removals: an underfull node joins a neighbour under the same parent when both fit one page.
internal sealed partial class SortedMemory
{
    private const int UnderfullBytes = SlottedKeys.PageBytesMax / 4;
    private const int MergedBytesMax = SlottedKeys.PageBytesMax / 4 * 3;

    /// <summary>Merges a leaf and then, as long as they are underfull, the nodes above it.</summary>
    private void MergeUp(Node node)
    {
        if (node == root)
        {
            return;
        }

        for (var level = path!.Depth - 1; level >= 0 && node.Keys.LiveBytes < UnderfullBytes; level--)
        {
            var parent = path.Node(level);
            var index = path.Index(level);
            var merged = (index > 0 && TryMerge(level, index - 1)) || (index < parent.Keys.Count && TryMerge(level, index));
            if (!merged)
            {
                return;
            }

            node = parent;
        }

        while (root is InnerNode { Keys.Count: 0 } inner)
        {
            nodeBytes -= inner.UsedBytes;
            root = inner[0];
        }

        path.Clear(); // holds no node that is gone
    }

    /// <summary>Merges the child at the index with the one to its right.</summary>
    private bool TryMerge(int level, int index)
    {
        var parent = path!.Node(level);
        var left = parent[index];
        var right = parent[index + 1];
        var bytesMax = left.Keys.Count == 0 || right.Keys.Count == 0 ? SlottedKeys.PageBytesMax : MergedBytesMax;
        if (left.Keys.LiveBytes - left.Keys.PrefixLength + right.Keys.LiveBytes - right.Keys.PrefixLength > bytesMax)
        {
            return false;
        }

        var prefix = PrefixOfRange(level, index, index + 1);
        if (left is InnerNode leftInner)
        {
            return TryMergeInner(parent, index, leftInner, (InnerNode)right, prefix);
        }

        var needed = left.Keys.BytesUnder(prefix.Length, 0, left.Keys.Count)
            + right.Keys.BytesUnder(prefix.Length, 0, right.Keys.Count) - prefix.Length;
        if (needed > bytesMax)
        {
            return false;
        }

        var keys = Leaf.NewKeys(prefix, needed);
        keys.Append(left.Keys, 0, left.Keys.Count, arena);
        keys.Append(right.Keys, 0, right.Keys.Count, arena);
        var leaf = (Leaf)left;
        var gone = (Leaf)right;
        var before = leaf.UsedBytes + gone.UsedBytes;
        leaf.Keys = keys;
        leaf.Changed(gone.Lsn);
        leaf.AscendingRun = 0;
        leaf.Next = gone.Next;
        if (gone.Next is { } next)
        {
            next.Previous = leaf;
        }

        parent.RemoveRightOf(index, arena);
        nodeBytes += leaf.UsedBytes - before;
        return true;
    }

    /// <summary>The separator between the two comes down from the parent.</summary>
    private bool TryMergeInner(InnerNode parent, int index, InnerNode left, InnerNode right, byte[] prefix)
    {
        var needed = left.Keys.BytesUnder(prefix.Length, 0, left.Keys.Count)
            + right.Keys.BytesUnder(prefix.Length, 0, right.Keys.Count)
            + parent.Keys.BytesUnder(prefix.Length, index, index + 1) - (2 * prefix.Length);
        if (needed > MergedBytesMax)
        {
            return false;
        }

        var separator = KeyOf(parent, index);
        var keys = InnerNode.NewKeys(prefix, needed);
        keys.Append(left.Keys, 0, left.Keys.Count, arena);
        keys.Insert(keys.Count, separator, 0, arena);
        keys.Append(right.Keys, 0, right.Keys.Count, arena);
        var before = left.UsedBytes + right.UsedBytes;
        left.Absorb(right, keys);
        parent.RemoveRightOf(index, arena);
        nodeBytes += left.UsedBytes - before;
        return true;
    }

    /// <summary>The prefix common to the bounds of the range from one child to another.</summary>
    private byte[] PrefixOfRange(int level, int first, int last)
    {
        Span<byte> low = stackalloc byte[SlottedKeys.KeyInlineBytesMax];
        Span<byte> high = stackalloc byte[SlottedKeys.KeyInlineBytesMax];
        return path!.TryCopyLowBound(level, first, arena, ref low) && path.TryCopyHighBound(level, last, arena, ref high)
            ? low[..low.CommonPrefixLength(high)].ToArray()
            : [];
    }
}
