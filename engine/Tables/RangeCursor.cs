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

    private const int EntriesMax = 1024;

    private readonly PartitionReader reader = new();
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
    internal ReadOnlySpan<byte> Key => reader.Page.Key(position);

    /// <summary>Value of the current entry, an encoded Map; valid until the next <see cref="FillAsync"/>.</summary>
    internal ReadOnlySpan<byte> Value => reader.Page.Value(position);

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
        reader.Clear();
        position = -1;
        Lsn = 0;
        if (low.Span.SequenceCompareTo(map.Low(0)) < 0)
        {
            low.CopyFrom(map.Low(0));
        }

        var last = map.Partitions.Length - 1;
        if (high.Length == 0 || high.Span.SequenceCompareTo(map.High(last)) > 0)
        {
            high.CopyFrom(map.High(last));
        }

        finished = low.Span.SequenceCompareTo(high.Span) >= 0;
        partition = map.IndexOf(forward ? low.Span : high.Span);
    }

    /// <summary>Reads the next entries; false when the range has no more. May read the disk.</summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged.</exception>
    internal ValueTask<bool> FillAsync(CancellationToken cancellation) => ValueTask.FromResult(Fill(cancellation));

    /// <summary>Moves to the next entry already read; false when <see cref="FillAsync"/> must read more.</summary>
    internal bool TryNext() => ++position < reader.Page.Count;

    private bool Fill(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        position = -1;
        while (!finished)
        {
            var owner = map.Partitions[partition];
            if (forward)
            {
                var end = Lower(high.Span, map.High(partition));
                reader.Read(owner, true, low, end, entriesHint, BlockBytesMax);
            }
            else
            {
                var start = Higher(low.Span, map.Low(partition));
                reader.Read(owner, false, high, start, entriesHint, BlockBytesMax);
            }

            var page = reader.Page;
            Lsn = Math.Max(Lsn, page.Lsn);
            if (page.Exhausted)
            {
                MoveOn();
            }

            if (page.Count > 0)
            {
                return true;
            }

            if (!page.Exhausted)
            {
                // Only removals so far: there may be many more.
                cancellation.ThrowIfCancellationRequested();
                entriesHint = Math.Max(entriesHint, Math.Min(entriesHint * 2, EntriesMax));
            }
        }

        reader.Clear();
        return false;
    }

    /// <summary>To the next partition that the range reaches.</summary>
    private void MoveOn()
    {
        if (forward)
        {
            low.CopyFrom(map.High(partition++));
            finished = partition == map.Partitions.Length || low.Span.SequenceCompareTo(high.Span) >= 0;
        }
        else
        {
            high.CopyFrom(map.Low(partition--));
            finished = partition < 0 || high.Span.SequenceCompareTo(low.Span) <= 0;
        }
    }

    private static ReadOnlySpan<byte> Lower(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.SequenceCompareTo(right) <= 0 ? left : right;

    private static ReadOnlySpan<byte> Higher(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.SequenceCompareTo(right) >= 0 ? left : right;
}
