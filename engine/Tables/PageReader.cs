using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// Reads one page of a Query or Scan: entries of a key range in order, until the limit or 1 MB, both counted before the
/// filter. Allocates nothing per entry. Reusable; not shared between threads.
/// <para>Use: <see cref="Start"/>; then while <see cref="FillAsync"/> is true, <see cref="TryNext"/> until false, reading
/// <see cref="Item"/> after each true one. An answer waits for <see cref="Lsn"/>.</para>
/// </summary>
internal sealed class PageReader : IDisposable
{
    private const int EntriesPerFillMax = 1024;
    private const int ReadUnitBytes = 4096;

    private readonly RangeCursor cursor = new();
    private readonly ItemRead baseItem = new();
    private Database? baseItems;
    private BoundCondition filter;
    private long limit;
    private bool baseItemReady;

    /// <summary>Entries that passed the filter.</summary>
    internal int Count { get; private set; }

    /// <summary>Entries read.</summary>
    internal int ScannedCount { get; private set; }

    /// <summary>DynamoDB's size of the entries read, bytes: of an index, what it projects.</summary>
    internal long EvaluatedBytes { get; private set; }

    /// <summary>
    /// DynamoDB's size of the items fetched from the table, each rounded up to 4 KB: each is a read of its own.
    /// </summary>
    internal long FetchedBytes { get; private set; }

    /// <summary>
    /// True when the page ended at its limit or at 1 MB: the answer says where to go on, also when nothing follows.
    /// </summary>
    internal bool IsFull { get; private set; }

    /// <summary>Greatest LSN that the page depends on.</summary>
    internal long Lsn => cursor.Lsn;

    /// <summary>The item just found, an encoded Map; valid until the next call.</summary>
    internal ReadOnlySpan<byte> Item => baseItems is null ? cursor.Value : baseItem.Item.Written;

    /// <summary>
    /// The entry read last, whether it passed the filter or not, with all attributes of its keys: where a full page ends.
    /// </summary>
    internal ReadOnlySpan<byte> Entry => cursor.Value;

    /// <summary>Key of <see cref="Entry"/>.</summary>
    internal ReadOnlySpan<byte> EntryKey => cursor.Key;

    /// <summary>Begins a page.</summary>
    /// <param name="partitions">Of the table or index.</param>
    /// <param name="range">Copied.</param>
    /// <param name="ascending">False to read from the high end.</param>
    /// <param name="condition">The filter, or the default one.</param>
    /// <param name="entriesMax">Entries to read at most, before the filter; null for no limit.</param>
    internal void Start(
        PartitionMap partitions, KeyRange range, bool ascending, BoundCondition condition, int? entriesMax)
    {
        limit = entriesMax ?? long.MaxValue;
        filter = condition;
        baseItems = null;
        baseItemReady = false;
        Count = 0;
        ScannedCount = 0;
        EvaluatedBytes = 0;
        FetchedBytes = 0;
        IsFull = false;
        cursor.Start(partitions, range.Low.Span, range.High.Span, ascending, (int)Math.Min(limit, EntriesPerFillMax));
    }

    /// <summary>Filters and gives the table's items in place of the entries: for a local index that holds less.</summary>
    internal void FetchFrom(Database database, Table table)
    {
        baseItems = database;
        baseItem.Table = table;
    }

    /// <summary>Reads on; false when the page has ended.</summary>
    internal ValueTask<bool> FillAsync(CancellationToken cancellation) =>
        IsFull ? ValueTask.FromResult(false)
        : baseItems is null ? cursor.FillAsync(cancellation)
        : FetchNextAsync(baseItems, cancellation);

    /// <summary>Moves to the next item of the page; false when <see cref="FillAsync"/> must read on.</summary>
    internal bool TryNext()
    {
        if (baseItems is not null)
        {
            var ready = baseItemReady;
            baseItemReady = false;
            return ready;
        }

        while (!IsFull && cursor.TryNext())
        {
            CountEntry();
            if (filter.Evaluate(cursor.Value))
            {
                Count++;
                return true;
            }
        }

        return false;
    }

    public void Dispose() => baseItem.Dispose();

    private void CountEntry()
    {
        ScannedCount++;
        EvaluatedBytes += new ValueView(cursor.Value).ItemSizeBytes;

        // The entry that reaches 1 MB is still part of the page: full pages of small items consume 128.5 units.
        IsFull = ScannedCount >= limit || EvaluatedBytes >= Limits.PageBytesMax;
    }

    private async ValueTask<bool> FetchNextAsync(Database database, CancellationToken cancellation)
    {
        while (!IsFull)
        {
            if (!cursor.TryNext())
            {
                if (!await cursor.FillAsync(cancellation).ConfigureAwait(false))
                {
                    return false;
                }

                continue;
            }

            CountEntry();
            baseItem.Table.TryBuildKey(new ValueView(cursor.Value), baseItem.Key);
            await database.ReadAsync(baseItem, cancellation).ConfigureAwait(false);

            // Deleted since the entry was read: the page shows what is there now.
            if (!baseItem.Found)
            {
                continue;
            }

            FetchedBytes += (new ValueView(baseItem.Item.Written).ItemSizeBytes + ReadUnitBytes - 1) & -ReadUnitBytes;
            if (filter.Evaluate(baseItem.Item.Written))
            {
                Count++;
                baseItemReady = true;
                return true;
            }
        }

        return false;
    }
}
