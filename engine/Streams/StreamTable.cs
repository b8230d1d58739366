using Storage.Engine.Model;

namespace Storage.Engine.Streams;

/// <summary>One table in the tail: its newest changes, and who waits for more. Used under the tail's lock only.</summary>
/// <param name="id">The table's id.</param>
/// <param name="floor">Where its changes here begin.</param>
internal sealed class StreamTable(uint id, ChangePosition floor)
{
    internal const long NoLsn = long.MaxValue;

    private TailChange[] ring = [];
    private int first;

    internal uint Id { get; } = id;

    /// <summary>Every change of the table behind this is here; changes before it are in the log or its history.</summary>
    internal ChangePosition Floor { get; private set; } = floor;

    /// <summary>The newest change that was here and is no more; the default when there is none.</summary>
    internal ChangePosition LastDropped { get; private set; }

    /// <summary>When the stream was on, by the LSNs that turned it on and off; replaced, never changed.</summary>
    internal (long FromLsn, long UntilLsn)[] Spans { get; private set; } = [];

    /// <summary>Whether the table has a stream as of the last record.</summary>
    internal bool IsOn => EndLsn == NoLsn;

    /// <summary>The record that switched the stream off; <see cref="NoLsn"/> while it is on, 0 when it never was.</summary>
    internal long EndLsn => Spans.Length > 0 ? Spans[^1].UntilLsn : 0;

    /// <summary>Whether the table was deleted, as of the last record.</summary>
    internal bool IsDropped { get; private set; }

    /// <summary>Changes here.</summary>
    internal int Count { get; private set; }

    /// <summary>Completes for all who wait; null when nobody does.</summary>
    internal TaskCompletionSource? Pulse { get; set; }

    /// <summary>The record whose durability completes <see cref="Pulse"/>; <see cref="NoLsn"/> until there is one.</summary>
    internal long PulseLsn { get; set; } = NoLsn;

    /// <summary>A change by its place, 0 the oldest.</summary>
    internal ref readonly TailChange this[int index] => ref ring[(first + index) & (ring.Length - 1)];

    /// <summary>The oldest change behind a position; <see cref="Count"/> when there is none.</summary>
    internal int IndexBehind(ChangePosition position)
    {
        var low = 0;
        var high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (this[middle].Position > position)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    /// <summary>The oldest change that is not older than a time; times ascend as positions do.</summary>
    internal int IndexSince(long timeMicros)
    {
        var low = 0;
        var high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (this[middle].TimeMicros >= timeMicros)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    internal void Add(in TailChange change)
    {
        if (Count == ring.Length)
        {
            Grow();
        }

        ring[(first + Count) & (ring.Length - 1)] = change;
        Count++;
    }

    /// <summary>Forgets the oldest change: from now on it is in the log only. Returns the memory it took.</summary>
    internal int DropOldest()
    {
        var bytes = ring[first].Bytes;
        Floor = LastDropped = ring[first].Position;
        ring[first] = default;
        first = (first + 1) & (ring.Length - 1);
        Count--;
        if (Count == 0)
        {
            ring = [];
            first = 0;
        }

        return bytes;
    }

    /// <summary>Copies changes from a place on.</summary>
    internal void CopyTo(int index, Span<TailChange> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = this[index + i];
        }
    }

    internal void TurnOn(long lsn) => Spans = [.. Spans, (lsn, NoLsn)];

    internal void TurnOff(long lsn, bool isDropped)
    {
        IsDropped = isDropped;
        var spans = Spans.ToArray();
        spans[^1].UntilLsn = lsn;
        Spans = spans;
    }

    private void Grow()
    {
        var larger = new TailChange[Math.Max(16, ring.Length * 2)];
        CopyTo(0, larger.AsSpan(0, Count));
        ring = larger;
        first = 0;
    }
}
