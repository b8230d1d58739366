namespace Storage.Engine.Partitions;

/// <summary>Children and the separators between them: a separator is not greater than any key to its right and greater than all to its left.</summary>
internal sealed class InnerNode : Node
{
    private const int ObjectBytes = 104;

    private Node[] children;

    internal InnerNode(Node only)
    {
        Keys = SlottedKeys.Empty(0);
        children = [only, null!];
    }

    private InnerNode(SlottedKeys keys, Node[] children)
    {
        Keys = keys;
        this.children = children;
    }

    internal override int UsedBytes => Keys.Capacity + (children.Length * 8) + ObjectBytes;

    internal Node this[int index] => children[index];

    internal static SlottedKeys NewKeys(ReadOnlySpan<byte> prefix, int bytesWanted) =>
        SlottedKeys.Create(prefix, bytesWanted, 0);

    /// <summary>The child whose range holds a key of this node's range.</summary>
    internal int IndexOf(ReadOnlySpan<byte> key, ValueArena arena)
    {
        var index = Keys.Find(key[Keys.PrefixLength..], arena, out var found);
        return found ? index + 1 : index;
    }

    /// <summary>The child that holds what lies right below a key of this node's range, its upper end included.</summary>
    internal int IndexBelow(ReadOnlySpan<byte> key, ValueArena arena) => Keys.Find(key[Keys.PrefixLength..], arena, out _);

    /// <summary>Puts a child right of the one at the index. The page must have room for the separator.</summary>
    internal void InsertRightOf(int index, ReadOnlySpan<byte> separator, Node child, ValueArena arena)
    {
        var childCount = Keys.Count + 1;
        Keys.Insert(index, separator, 0, arena);
        if (childCount == children.Length)
        {
            Array.Resize(ref children, childCount * 2);
        }

        Array.Copy(children, index + 1, children, index + 2, childCount - index - 1);
        children[index + 1] = child;
    }

    /// <summary>Removes the child right of the one at the index, and the separator between them.</summary>
    internal void RemoveRightOf(int index, ValueArena arena)
    {
        var childCount = Keys.Count + 1;
        Keys.Remove(index, arena);
        Array.Copy(children, index + 2, children, index + 1, childCount - index - 2);
        children[childCount - 1] = null!;
    }

    /// <summary>Keeps the children up to the separator, which the caller has taken out, and gives the others to a new node.</summary>
    internal InnerNode SplitAt(int separator, SlottedKeys left, SlottedKeys right)
    {
        var childCount = Keys.Count + 1;
        var moved = childCount - separator - 1;
        var others = new Node[Math.Max(moved, children.Length)];
        Array.Copy(children, separator + 1, others, 0, moved);
        Array.Clear(children, separator + 1, moved);
        Keys = left;
        return new InnerNode(right, others);
    }

    /// <summary>Takes over the children of the node to the right.</summary>
    internal void Absorb(InnerNode right, SlottedKeys merged)
    {
        var mine = Keys.Count + 1;
        var theirs = right.Keys.Count + 1;
        if (mine + theirs > children.Length)
        {
            Array.Resize(ref children, mine + theirs);
        }

        Array.Copy(right.children, 0, children, mine, theirs);
        Keys = merged;
    }
}
