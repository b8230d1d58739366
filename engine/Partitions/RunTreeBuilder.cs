namespace Storage.Engine.Partitions;

/// <summary>
/// Writes the tree of blocks from ascending entries, one open block a level. A block is written after all that lies
/// below it and, of level 1, after its filter; so the file is the tree in post-order and the root comes last.
/// </summary>
/// <remarks>
/// The separator of a child is the shortest beginning of its first key that is greater than every key before; of the
/// first child of a level it is empty.
/// </remarks>
internal sealed class RunTreeBuilder
{
    private readonly RunOutput output;
    private readonly RunChecksum checksum;
    private readonly RunLayout layout;
    private readonly RunFilterBuilder filter;
    private readonly List<Level> levels = [];
    private byte[] lastKey = [];
    private int lastKeyLength = -1;

    internal RunTreeBuilder(RunOutput output, RunChecksum checksum, RunLayout layout)
    {
        this.output = output;
        this.checksum = checksum;
        this.layout = layout;
        filter = new RunFilterBuilder(layout.FilterBlockBytes);
        levels.Add(new Level(layout.BlockBytes, entriesMin: 1));
    }

    /// <summary>Level of the root: 0 when all entries fit one data block.</summary>
    internal int RootLevel => levels.Count - 1;

    /// <exception cref="ArgumentException">The key is not greater than the one before.</exception>
    internal void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, RunBlock.KeyBytesMax, nameof(key));
        var last = lastKeyLength < 0 ? default : lastKey.AsSpan(0, lastKeyLength);
        if (lastKeyLength >= 0 && key.SequenceCompareTo(last) <= 0)
        {
            throw new ArgumentException("Keys must ascend.", nameof(key));
        }

        var data = levels[0];
        if (!data.Block.Takes(key, value.Length))
        {
            Close(0);
        }

        if (data.Block.Count == 0)
        {
            Begin(0, lastKeyLength < 0 ? default : key[..(key.CommonPrefixLength(last) + 1)]);
        }

        data.Block.Add(key, value);
        filter.Add(key);
        if (lastKey.Length < key.Length)
        {
            lastKey = new byte[Math.Max(key.Length, 2 * lastKey.Length)];
        }

        key.CopyTo(lastKey);
        lastKeyLength = key.Length;
    }

    /// <summary>Writes what is open; returns where the root lies. There must be an entry.</summary>
    internal RunReference Finish()
    {
        for (var level = 0; level < RootLevel; level++)
        {
            Close(level);
        }

        return Write(RootLevel);
    }

    /// <summary>
    /// Begins a block. Those above that have no room for it are closed before anything below it is written, which
    /// keeps the file in post-order.
    /// </summary>
    private void Begin(int level, ReadOnlySpan<byte> separator)
    {
        levels[level].SetSeparator(separator);
        if (level == RootLevel)
        {
            return;
        }

        var parent = levels[level + 1].Block;
        if (!parent.Takes(separator, RunReference.BytesAt(level + 1)) || (level == 0 && filter.IsFull && parent.Count >= 2))
        {
            Close(level + 1);
            Begin(level + 1, separator);
        }
    }

    /// <summary>Writes a block and refers to it one level above, where <see cref="Begin"/> has seen to room.</summary>
    private void Close(int level)
    {
        var child = levels[level];
        if (level == RootLevel)
        {
            levels.Add(new Level(layout.BlockBytes, entriesMin: 2));
            levels[^1].SetSeparator(child.Separator);
        }

        Span<byte> reference = stackalloc byte[RunReference.WithFilterBytes];
        reference = reference[..RunReference.BytesAt(level + 1)];
        Write(level).Write(reference);
        levels[level + 1].Block.Add(child.Separator, reference);
    }

    private RunReference Write(int level)
    {
        var filterBytes = level == 1 ? WriteFilter() : 0;
        var block = levels[level].Block.Close(level == 0 ? RunBlockKind.Data : RunBlockKind.Index, level);
        var reference = new RunReference(output.Position, block.Length, filterBytes);
        checksum.Stamp(reference.Offset, block);
        output.Append(block);
        return reference;
    }

    private int WriteFilter()
    {
        var blocks = filter.Close();
        for (var at = 0; at < blocks.Length; at += layout.FilterBlockBytes)
        {
            var block = blocks.Slice(at, layout.FilterBlockBytes);
            checksum.Stamp(output.Position, block);
            output.Append(block);
        }

        return blocks.Length;
    }

    /// <summary>The open block of a level, and the separator under which its parent will know it.</summary>
    private sealed class Level(int bytesMax, int entriesMin)
    {
        private byte[] separator = [];
        private int separatorLength;

        internal RunBlockBuilder Block { get; } = new(bytesMax, entriesMin);

        internal ReadOnlySpan<byte> Separator => separator.AsSpan(0, separatorLength);

        internal void SetSeparator(ReadOnlySpan<byte> key)
        {
            if (separator.Length < key.Length)
            {
                separator = new byte[key.Length];
            }

            key.CopyTo(separator);
            separatorLength = key.Length;
        }
    }
}
