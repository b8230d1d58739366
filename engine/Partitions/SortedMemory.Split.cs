namespace Storage.Engine.Partitions;

// Growing and splitting. One step at a time, the way down walked anew after each: a parent without room is split before
// its child, so no step ever has another one pending.
internal sealed partial class SortedMemory
{
    private const int AscendingRunMin = 8;

    /// <summary>Brings the leaf nearer to having room for a key at the index: a larger page, a split, or a parent ready for one.</summary>
    private void MakeRoom(Leaf leaf, int index, ReadOnlySpan<byte> key)
    {
        if (TryEnlarge(leaf, key.Length))
        {
            return;
        }

        // Keys that come in order leave full pages behind, others two half full ones.
        var ascending = leaf.AscendingRun >= AscendingRunMin && index == leaf.InsertedAt + 1 && index >= leaf.Keys.Count / 2;
        var at = ascending ? index : leaf.Keys.Middle();
        var separator = ascending
            ? Separator(KeyOf(leaf, at - 1), key)
            : Separator(KeyOf(leaf, at - 1), KeyOf(leaf, at));
        if (ParentReadyFor(leaf, separator.Length) is not { } parent)
        {
            return;
        }

        var before = leaf.UsedBytes;
        var level = path!.Depth - 1;
        var position = path.Index(level);
        var (leftPrefix, rightPrefix) = PrefixesAround(level, position, separator);
        var keys = leaf.Keys;
        var right = new Leaf
        {
            Keys = Part(Leaf.NewKeys(UsefulPrefix(keys, at, keys.Count, rightPrefix), SlottedKeys.PageBytesMax), keys, at, keys.Count),
            Lsn = leaf.Lsn,
            Previous = leaf,
            Next = leaf.Next,
            AscendingRun = ascending ? leaf.AscendingRun : 0,
        };
        leftPrefix = UsefulPrefix(keys, 0, at, leftPrefix);
        var leftBytes = ascending ? keys.BytesUnder(leftPrefix.Length, 0, at) : SlottedKeys.PageBytesMax;
        leaf.Keys = Part(Leaf.NewKeys(leftPrefix, leftBytes), keys, 0, at);
        leaf.AscendingRun = 0;
        if (right.Next is { } next)
        {
            next.Previous = right;
        }

        leaf.Next = right;
        InsertChild(parent, position, separator, right);
        nodeBytes += leaf.UsedBytes + right.UsedBytes - before;
    }

    /// <summary>The parent at the end of the path when it has room for a separator; else null, and it is nearer to it.</summary>
    private InnerNode? ParentReadyFor(Node child, int separatorLength)
    {
        if (child == root)
        {
            // A root above the root: every split has a parent.
            root = new InnerNode(child);
            nodeBytes += root.UsedBytes;
            return null;
        }

        var level = path!.Depth - 1;
        while (path.Node(level) is var parent && !parent.Keys.HasRoom(separatorLength))
        {
            if (TryEnlarge(parent, separatorLength))
            {
                continue;
            }

            if (parent == root)
            {
                root = new InnerNode(parent);
                nodeBytes += root.UsedBytes;
                return null;
            }

            // The separator that moves up is the parent's middle one; the grandparent needs room for it first.
            var middle = parent.Keys.Middle();
            var grandparent = path.Node(level - 1);
            if (!grandparent.Keys.HasRoom(parent.Keys.KeyLength(middle)))
            {
                separatorLength = parent.Keys.KeyLength(middle);
                level--;
                continue;
            }

            SplitInner(level, middle);
            return null;
        }

        return level == path.Depth - 1 ? path.Node(level) : null;
    }

    private void SplitInner(int level, int middle)
    {
        var node = path!.Node(level);
        var parent = path.Node(level - 1);
        var position = path.Index(level - 1);
        var before = node.UsedBytes;
        var separator = KeyOf(node, middle);
        var (leftPrefix, rightPrefix) = PrefixesAround(level - 1, position, separator);
        var keys = node.Keys;
        var count = keys.Count;
        leftPrefix = UsefulPrefix(keys, 0, middle, leftPrefix);
        rightPrefix = UsefulPrefix(keys, middle + 1, count, rightPrefix);
        var left = Part(InnerNode.NewKeys(leftPrefix, SlottedKeys.PageBytesMax), keys, 0, middle);
        var right = Part(InnerNode.NewKeys(rightPrefix, SlottedKeys.PageBytesMax), keys, middle + 1, count);
        keys.Remove(middle, arena); // frees a long one; the parent gets its own copy
        var rightNode = node.SplitAt(middle, left, right);
        InsertChild(parent, position, separator, rightNode);
        nodeBytes += node.UsedBytes + rightNode.UsedBytes - before;
    }

    private bool TryEnlarge(Node node, int keyLength)
    {
        if (!node.Keys.CanMakeRoom(keyLength))
        {
            return false;
        }

        var before = node.UsedBytes;
        node.Keys = node.Keys.Rebuilt(keyLength, arena);
        nodeBytes += node.UsedBytes - before;
        return true;
    }

    private void InsertChild(InnerNode parent, int position, ReadOnlySpan<byte> separator, Node child)
    {
        var before = parent.UsedBytes;
        parent.InsertRightOf(position, separator, child, arena);
        nodeBytes += parent.UsedBytes - before;
    }

    private SlottedKeys Part(SlottedKeys part, in SlottedKeys keys, int from, int to)
    {
        part.Append(keys, from, to, arena);
        return part;
    }

    private byte[] KeyOf(Node node, int index)
    {
        var key = new byte[node.Keys.KeyLength(index)];
        node.Keys.CopyKey(index, arena, key);
        return key;
    }

    /// <summary>The shortest bytes above the left key and not above the right one.</summary>
    private static ReadOnlySpan<byte> Separator(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        right[..(left.CommonPrefixLength(right) + 1)];

    /// <summary>The prefixes of the two ranges into which a separator cuts a child's range.</summary>
    private (byte[] Left, byte[] Right) PrefixesAround(int level, int position, ReadOnlySpan<byte> separator)
    {
        Span<byte> buffer = stackalloc byte[SlottedKeys.KeyInlineBytesMax];
        separator = separator[..Math.Min(separator.Length, buffer.Length)];
        var bound = buffer;
        var left = path!.TryCopyLowBound(level, position, arena, ref bound)
            ? separator[..separator.CommonPrefixLength(bound)].ToArray()
            : [];
        bound = buffer;
        var right = path.TryCopyHighBound(level, position, arena, ref bound)
            ? separator[..separator.CommonPrefixLength(bound)].ToArray()
            : [];
        return (left, right);
    }

    private static byte[] UsefulPrefix(in SlottedKeys keys, int from, int to, byte[] prefix) =>
        keys.GainsByPrefix(from, to) ? prefix : [];
}
