namespace Storage.Engine.Partitions;

/// <summary>
/// Walks one run's entries within a range, either way, through the cache. Reusable. While it stands on an entry it
/// holds that entry's data block; of the blocks above it remembers where they lie, and asks the cache for them again.
/// </summary>
internal sealed class RunCursor : IRunEntries
{
    private RunFile? run;
    private RunRange? range;
    private Step[] path = []; // by level; the root's is the last, level 0 has none
    private RunBlockHold block;
    private bool holds;
    private bool started;
    private int index;
    private int first; // entries of the block within the range: first to end - 1
    private int end;
    private int count;
    private byte[] key = new byte[128];
    private int prefixLength;
    private int keyLength;
    private int valueStart;
    private int valueLength;

    /// <inheritdoc />
    public ReadOnlySpan<byte> Key => key.AsSpan(0, keyLength);

    /// <inheritdoc />
    public ReadOnlySpan<byte> Value => block.Bytes.Slice(valueStart, valueLength);

    private bool Ascending => range!.Ascending;

    /// <summary>Begins a walk. The caller holds the run and keeps the range as it is until <see cref="Stop"/>.</summary>
    internal void Start(RunFile source, RunRange keys)
    {
        Stop();
        run = source;
        range = keys;
        if (path.Length <= source.RootLevel)
        {
            path = new Step[source.RootLevel + 1];
        }
    }

    /// <inheritdoc />
    public bool MoveNext()
    {
        if (run is null)
        {
            return false;
        }

        if (!started)
        {
            started = true;
            if (!Seek())
            {
                Stop();
                return false;
            }
        }
        else
        {
            index += Ascending ? 1 : -1;
        }

        while (Ascending ? index >= end : index < first)
        {
            // An entry of the block beyond the bound: nothing follows in the range.
            var isLast = Ascending ? end < count : first > 0;
            if (isLast || !NextBlock())
            {
                Stop();
                return false;
            }
        }

        ReadEntry();
        return true;
    }

    /// <summary>Lets go of the block; may be called twice.</summary>
    internal void Stop()
    {
        Drop();
        run = null;
        range = null;
        started = false;
    }

    private void Drop()
    {
        if (holds)
        {
            holds = false;
            block.Dispose();
            block = default;
        }
    }

    /// <summary>Goes to the data block where the walk begins; false when the filter knows that it has no entry.</summary>
    private bool Seek()
    {
        var keys = range!;
        if (run!.Root.LengthBytes == 0 || !run.HasTable(keys.FirstTableId, keys.LastTableId))
        {
            return false;
        }

        var at = run.Root;
        var isWithin = true; // the whole range lies below the block
        for (var level = run.RootLevel; level > 0; level--)
        {
            if (level == 1 && isWithin && keys.HasPrefix && !run.MayContain(at, keys.PrefixHash))
            {
                return false;
            }

            using var hold = run.Open(at, level);
            var node = new RunBlock(hold.Bytes);
            var child = Ascending ? node.ChildOf(keys.Low)
                : keys.High.IsEmpty ? node.Count - 1
                : node.ChildOf(keys.High);
            path[level] = new Step(at, child);
            at = RunReference.Read(node.Value(child));

            // Where the range may reach a neighbour, the filter of one block is no answer. The neighbour behind the
            // last child is not known here; that case is rare, and costs one block that the filter could have spared.
            isWithin = Ascending
                ? child + 1 < node.Count && !keys.High.IsEmpty && node.CompareKey(child + 1, keys.High) >= 0
                : node.CompareKey(child, keys.Low) <= 0;
        }

        OpenData(at, isFirst: true);
        return true;
    }

    /// <summary>Goes to the neighbouring data block; false when the range does not reach it.</summary>
    private bool NextBlock()
    {
        Drop();
        var keys = range!;
        for (var level = 1; level <= run!.RootLevel; level++)
        {
            using var hold = run.Open(path[level].At, level);
            var node = new RunBlock(hold.Bytes);
            var child = path[level].Child + (Ascending ? 1 : -1);
            if (child < 0 || child >= node.Count)
            {
                continue;
            }

            // Everything from a separator on lies in its block or behind, everything less before it.
            var isBeyond = Ascending
                ? !keys.High.IsEmpty && node.CompareKey(child, keys.High) >= 0
                : node.CompareKey(child + 1, keys.Low) <= 0;
            if (isBeyond)
            {
                return false;
            }

            path[level] = new Step(path[level].At, child);
            OpenEdge(RunReference.Read(node.Value(child)), level - 1);
            return true;
        }

        return false;
    }

    /// <summary>Goes down to the first data block below one, the last one going backward.</summary>
    private void OpenEdge(RunReference at, int level)
    {
        for (; level > 0; level--)
        {
            using var hold = run!.Open(at, level);
            var node = new RunBlock(hold.Bytes);
            var child = Ascending ? 0 : node.Count - 1;
            path[level] = new Step(at, child);
            at = RunReference.Read(node.Value(child));
        }

        OpenData(at, isFirst: false);
    }

    private void OpenData(in RunReference at, bool isFirst)
    {
        var keys = range!;
        block = run!.Open(at, 0);
        holds = true;
        var data = new RunBlock(block.Bytes);
        count = data.Count;
        first = Ascending && !isFirst ? 0 : data.LowerBound(keys.Low, out _);
        end = keys.High.IsEmpty || (!Ascending && !isFirst) ? count : data.LowerBound(keys.High, out _);
        index = Ascending ? first : end - 1;
        prefixLength = data.Prefix.Length;
        Reserve(prefixLength);
        data.Prefix.CopyTo(key);
    }

    private void ReadEntry()
    {
        var bytes = block.Bytes;
        new RunBlock(bytes).Read(index, out var suffix, out var value);
        keyLength = prefixLength + suffix.Length;
        Reserve(keyLength);
        suffix.CopyTo(key.AsSpan(prefixLength));
        _ = bytes.Overlaps(value, out valueStart);
        valueLength = value.Length;
    }

    private void Reserve(int length)
    {
        if (key.Length < length)
        {
            Array.Resize(ref key, Math.Max(length, 2 * key.Length));
        }
    }

    private readonly record struct Step(RunReference At, int Child);
}
