using Storage.Engine.Encoding;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// Walks a key range of a table or index in key order, either way, across partitions. Copies a leaf's worth of entries
/// at a time under a latch and hands them out after it is released, so a long page never holds up writers. Reusable.
/// <para>Use: <see cref="Start"/>; then while <see cref="FillAsync"/> gives entries, <see cref="TryNext"/> until false.
/// An answer made of what was read waits for <see cref="Lsn"/>.</para>
/// </summary>
internal sealed class RangeCursor
{
    private const int BlockBytesMax = 128 * 1024;

    private readonly EntryPage page = new();
    private readonly KeyBuffer low = new();
    private readonly KeyBuffer high = new();
    private PartitionMap map = null!;
    private bool forward;
    private int partition;
    private int position;
    private int entriesHint;
    private bool finished;

    /// <summary>Greatest LSN that what was read, absences included, depends on.</summary>
    internal long Lsn { get; private set; }

    /// <summary>Key of the current entry; valid until the next <see cref="FillAsync"/>.</summary>
    internal ReadOnlySpan<byte> Key => page.Key(position);

    /// <summary>Value of the current entry, an encoded Map; valid until the next <see cref="FillAsync"/>.</summary>
    internal ReadOnlySpan<byte> Value => page.Value(position);

    /// <summary>
    /// Begins at the low end (or the high end, going backward) of low &lt;= key &lt; high. An empty high is unbounded.
    /// <paramref name="entriesExpected"/> keeps small reads small.
    /// </summary>
    internal void Start(PartitionMap partitions, ReadOnlySpan<byte> lowKey, ReadOnlySpan<byte> highKey, bool ascending, int entriesExpected)
    {
        map = partitions;
        low.CopyFrom(lowKey);
        high.CopyFrom(highKey);
        forward = ascending;
        entriesHint = Math.Max(1, entriesExpected);
        page.Clear();
        position = -1;
        Lsn = 0;
        finished = high.Length > 0 && low.Span.SequenceCompareTo(high.Span) >= 0;
        partition = forward || high.Length == 0
            ? (forward ? map.IndexOf(low.Span) : map.Partitions.Length - 1)
            : map.IndexOf(high.Span);
    }

    /// <summary>Reads the next entries; false when the range has no more.</summary>
    internal ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Fill());
    }

    /// <summary>Moves to the next entry already read; false when <see cref="FillAsync"/> must read more.</summary>
    internal bool TryNext() => ++position < page.Count;

    private bool Fill()
    {
        while (!finished)
        {
            position = -1;
            page.Clear();
            var owner = map.Partitions[partition];
            if (forward)
            {
                owner.ReadForward(low.Span, high.Span, entriesHint, BlockBytesMax, page);
            }
            else
            {
                owner.ReadBackward(high.Span, low.Span, entriesHint, BlockBytesMax, page);
            }

            Lsn = Math.Max(Lsn, page.Lsn);
            MoveOn();
            if (page.Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    private void MoveOn()
    {
        if (page.Count > 0)
        {
            var last = page.Key(page.Count - 1);
            var bound = forward ? low : high;
            bound.CopyFrom(last);
            if (forward)
            {
                bound.MoveBehind();
            }
        }

        if (!page.Exhausted)
        {
            return;
        }

        partition += forward ? 1 : -1;
        finished = partition < 0 || partition >= map.Partitions.Length || !Reaches(partition);
    }

    /// <summary>True when the range still has keys in that partition.</summary>
    private bool Reaches(int candidate) => forward
        ? high.Length == 0 || map.Low(candidate).SequenceCompareTo(high.Span) < 0
        : map.Low(candidate + 1).SequenceCompareTo(low.Span) > 0;
}
