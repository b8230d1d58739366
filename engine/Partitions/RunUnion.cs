namespace Storage.Engine.Partitions;

/// <summary>
/// The union of several sorted sources: of each key the entry of the source that was added first. Reusable. A heap
/// whose top is the present entry; sources that hold the same key are moved past it before the top is.
/// </summary>
internal sealed class RunUnion
{
    private IRunEntries[] sources = [];
    private int[] heap = []; // indexes of sources that have an entry
    private int sourceCount;
    private int heapCount;
    private bool ascending;
    private bool started;

    internal ReadOnlySpan<byte> Key => sources[heap[0]].Key;

    internal ReadOnlySpan<byte> Value => sources[heap[0]].Value;

    /// <summary>Forgets the sources of the walk before.</summary>
    internal void Begin(bool isAscending)
    {
        Array.Clear(sources, 0, sourceCount);
        sourceCount = 0;
        heapCount = 0;
        ascending = isAscending;
        started = false;
    }

    /// <summary>Adds a source that stands before its first entry; newer ones first.</summary>
    internal void Add(IRunEntries source)
    {
        if (sourceCount == sources.Length)
        {
            Array.Resize(ref sources, Math.Max(8, 2 * sourceCount));
            Array.Resize(ref heap, sources.Length);
        }

        sources[sourceCount++] = source;
    }

    internal bool MoveNext()
    {
        if (!started)
        {
            started = true;
            Fill();
            return heapCount > 0;
        }

        if (heapCount == 0)
        {
            return false;
        }

        PassSameKeys();
        Advance(0);
        return heapCount > 0;
    }

    private void Fill()
    {
        for (var i = 0; i < sourceCount; i++)
        {
            if (sources[i].MoveNext())
            {
                heap[heapCount++] = i;
            }
        }

        for (var i = (heapCount / 2) - 1; i >= 0; i--)
        {
            SiftDown(i);
        }
    }

    private void PassSameKeys()
    {
        while (heapCount > 1)
        {
            var second = heapCount > 2 && Order(heap[2], heap[1]) < 0 ? 2 : 1;
            if (!sources[heap[second]].Key.SequenceEqual(sources[heap[0]].Key))
            {
                return;
            }

            Advance(second);
        }
    }

    private void Advance(int at)
    {
        if (!sources[heap[at]].MoveNext())
        {
            heap[at] = heap[--heapCount];
        }

        // What came from the end may belong above its new place only within the same branch, and both places where an
        // entry is removed, the top and its children, are above everything else of theirs.
        SiftDown(at);
    }

    private void SiftDown(int at)
    {
        if (at >= heapCount)
        {
            return;
        }

        var moved = heap[at];
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= heapCount)
            {
                break;
            }

            if (child + 1 < heapCount && Order(heap[child + 1], heap[child]) < 0)
            {
                child++;
            }

            if (Order(moved, heap[child]) < 0)
            {
                break;
            }

            heap[at] = heap[child];
            at = child;
        }

        heap[at] = moved;
    }

    /// <summary>Less than 0 when the left source comes first: by key, of the same key the newer.</summary>
    private int Order(int left, int right)
    {
        var order = sources[left].Key.SequenceCompareTo(sources[right].Key);
        return order == 0 ? left - right : ascending ? order : -order;
    }
}
