namespace Storage.Engine.Partitions;

/// <summary>The inner nodes from the root to a leaf and the child taken at each: what a change needs to find a node's bounds.</summary>
internal sealed class TreePath
{
    // A page holds at least four separators, so 32 levels hold more than any memory does.
    private const int DepthMax = 32;

    private readonly InnerNode[] nodes = new InnerNode[DepthMax];
    private readonly int[] indexes = new int[DepthMax];

    internal int Depth { get; private set; }

    internal InnerNode Node(int level) => nodes[level];

    internal int Index(int level) => indexes[level];

    internal void Clear()
    {
        Array.Clear(nodes, 0, Depth);
        Depth = 0;
    }

    internal void Add(InnerNode node, int index)
    {
        nodes[Depth] = node;
        indexes[Depth++] = index;
    }

    /// <summary>Copies the start of the separator left of a child; false when nothing bounds it.</summary>
    internal bool TryCopyLowBound(int level, int index, ValueArena arena, ref Span<byte> destination)
    {
        for (; level >= 0; level--, index = level >= 0 ? indexes[level] : 0)
        {
            if (index > 0)
            {
                destination = destination[..nodes[level].Keys.CopyKey(index - 1, arena, destination)];
                return true;
            }
        }

        return false;
    }

    /// <summary>Copies the start of the separator right of a child; false when nothing bounds it.</summary>
    internal bool TryCopyHighBound(int level, int index, ValueArena arena, ref Span<byte> destination)
    {
        for (; level >= 0; level--, index = level >= 0 ? indexes[level] : 0)
        {
            if (index < nodes[level].Keys.Count)
            {
                destination = destination[..nodes[level].Keys.CopyKey(index, arena, destination)];
                return true;
            }
        }

        return false;
    }
}
