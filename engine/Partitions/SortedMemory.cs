namespace Storage.Engine.Partitions;

/// <summary>An ordered tree of packed keys and value bytes. Not synchronised: its partition's latch guards it.</summary>
/// <remarks>
/// A B+tree. Invariants: every leaf's LSN is at least that of the last change, removals included, of any key its range
/// covers, because a split hands it to both halves and a merge keeps the greater; every page's prefix is common to both
/// bounds of its range, so whoever descends with a key need not compare it; only the root may be a leaf without keys
/// for long: an empty leaf is merged away as soon as a neighbour under the same parent can take its range.
/// </remarks>
internal sealed partial class SortedMemory
{
    /// <summary>Longest key, bytes.</summary>
    internal const int KeyBytesMax = SlottedKeys.KeyBytesMax;

    private const int ObjectBytes = 176; // this and the arena

    private readonly ValueArena arena = new();
    private Node root;
    private TreePath? path; // of the change under way; most trees of a store never need one
    private long nodeBytes;

    internal SortedMemory()
    {
        root = new Leaf();
        nodeBytes = root.UsedBytes;
    }

    /// <summary>Entries held.</summary>
    internal long Count { get; private set; }

    /// <summary>Memory taken by nodes and values, free blocks between values included, bytes.</summary>
    internal long UsedBytes => ObjectBytes + nodeBytes + arena.UsedBytes;

    /// <summary>
    /// Finds a key. The value's span is valid until the next change. <paramref name="leafLsn"/> is the last LSN that
    /// changed the leaf, also when the key is absent.
    /// </summary>
    internal bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value, out long leafLsn)
    {
        var node = root;
        while (node is InnerNode inner)
        {
            node = inner[inner.IndexOf(key, arena)];
        }

        var leaf = (Leaf)node;
        leafLsn = leaf.Lsn;
        var index = leaf.Keys.Find(key[leaf.Keys.PrefixLength..], arena, out var found);
        value = found ? leaf.Value(index, arena) : default;
        return found;
    }

    /// <summary>Inserts or replaces; returns true when it replaced.</summary>
    /// <exception cref="ArgumentException">The key is longer than <see cref="KeyBytesMax"/>.</exception>
    internal bool Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long lsn)
    {
        if (key.Length > KeyBytesMax)
        {
            throw new ArgumentException("A key has at most 65,535 bytes.", nameof(key));
        }

        while (true)
        {
            var leaf = DescendToChange(key);
            var index = leaf.Keys.Find(key[leaf.Keys.PrefixLength..], arena, out var found);
            if (found)
            {
                var payload = leaf.Keys.Payload(index);
                var handle = arena.Replace((uint)payload, (int)(payload >> 32), value);
                leaf.Keys.SetPayload(index, Leaf.Payload(handle, value.Length));
                leaf.Changed(lsn);
                return true;
            }

            if (leaf.Keys.HasRoom(key.Length))
            {
                leaf.Keys.Insert(index, key, Leaf.Payload(arena.Store(value), value.Length), arena);
                leaf.CountInsertion(index);
                leaf.Changed(lsn);
                Count++;
                return false;
            }

            // Growing and splitting change the tree's shape, not its content; then the way down is walked anew.
            MakeRoom(leaf, index, key);
        }
    }

    /// <summary>Removes; returns false when the key was absent (the leaf's LSN moves all the same).</summary>
    internal bool Remove(ReadOnlySpan<byte> key, long lsn)
    {
        var leaf = DescendToChange(key);
        leaf.Changed(lsn);
        var index = leaf.Keys.Find(key[leaf.Keys.PrefixLength..], arena, out var found);
        if (!found)
        {
            return false;
        }

        var payload = leaf.Keys.Payload(index);
        arena.Free((uint)payload, (int)(payload >> 32));
        leaf.Keys.Remove(index, arena);
        Count--;
        if (Count == 0)
        {
            Reset();
        }
        else if (leaf.Keys.LiveBytes < UnderfullBytes)
        {
            MergeUp(leaf);
        }

        return true;
    }

    /// <summary>Descends to the leaf of a key and remembers the way in <see cref="path"/>.</summary>
    private Leaf DescendToChange(ReadOnlySpan<byte> key)
    {
        if (root is Leaf only)
        {
            return only;
        }

        path ??= new TreePath();
        path.Clear();
        var node = root;
        while (node is InnerNode inner)
        {
            var index = inner.IndexOf(key, arena);
            path.Add(inner, index);
            node = inner[index];
        }

        return (Leaf)node;
    }

    /// <summary>Back to one small leaf that remembers the greatest LSN of all.</summary>
    private void Reset()
    {
        var node = root;
        while (node is InnerNode inner)
        {
            node = inner[0];
        }

        var only = new Leaf();
        for (var leaf = (Leaf?)node; leaf is not null; leaf = leaf.Next)
        {
            only.Changed(leaf.Lsn);
        }

        root = only;
        nodeBytes = only.UsedBytes;
        path = null;
        arena.Clear();
    }
}
