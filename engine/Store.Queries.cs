using System.Runtime.CompilerServices;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;
using Utf8 = System.Text.Encoding;

namespace Storage.Engine;

/// <content>Reads of many items: pages are read as the caller goes on, each durable before it is given.</content>
public sealed partial class Store
{
    private const int SegmentsMax = 1_000_000;

    /// <summary>
    /// Reads the items of one partition key, in sort key order. Pages of 1 MB are read as the enumeration goes on, so a
    /// change made meanwhile may be seen or not.
    /// </summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException; ValidationException for a wrong expression or index.</exception>
    public async IAsyncEnumerable<Item> QueryAsync(
        string table, QueryOptions options, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var found = await FindAsync(table, cancellation).ConfigureAwait(false);
        using var placeholders = Placeholders.Rent();
        Define(placeholders, options.Names, options.Values);
        var index = IndexOf(found, options.Index);
        var key = index?.Key ?? found.Key;
        var range = new KeyRange();
        StartQuery(range, options.KeyCondition, placeholders, index, found, key);
        var pages = ReadPagesAsync(found, index, range, !options.Descending, options, placeholders, cancellation);
        await foreach (var item in pages.ConfigureAwait(false))
        {
            yield return item;
        }
    }

    /// <summary>
    /// Reads all items of a table or index, or one of <see cref="ScanOptions.TotalSegments"/> parts of it, in no
    /// particular order. Pages of 1 MB are read as the enumeration goes on.
    /// </summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException; ValidationException for a wrong expression or index.</exception>
    public async IAsyncEnumerable<Item> ScanAsync(
        string table, ScanOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        options ??= new ScanOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TotalSegments, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.TotalSegments, SegmentsMax);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Segment);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.Segment, options.TotalSegments);
        var found = await FindAsync(table, cancellation).ConfigureAwait(false);
        using var placeholders = Placeholders.Rent();
        Define(placeholders, options.Names, options.Values);
        var index = IndexOf(found, options.Index);
        var range = new KeyRange();
        range.Start(PartitionsOf(found, index).Id, options.Segment, options.TotalSegments);
        var pages = ReadPagesAsync(found, index, range, true, options, placeholders, cancellation);
        await foreach (var item in pages.ConfigureAwait(false))
        {
            yield return item;
        }
    }

    private async IAsyncEnumerable<Item> ReadPagesAsync(
        Table table,
        SecondaryIndex? index,
        KeyRange range,
        bool ascending,
        ScanOptions options,
        Placeholders placeholders,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var filter = options.Filter is { } text
            ? Database.Expressions.Filter(Utf8.UTF8.GetBytes(text)).Bind(placeholders)
            : default;
        var projection = options.Projection is { } paths
            ? Database.Expressions.Projection(Utf8.UTF8.GetBytes(paths)).Bind(placeholders)
            : default;
        placeholders.ThrowIfUnused();
        using var page = new PageReader();
        var items = new List<Item>();
        do
        {
            page.Start(PartitionsOf(table, index), range, ascending, filter, null);
            while (await page.FillAsync(cancellation).ConfigureAwait(false))
            {
                while (page.TryNext())
                {
                    items.Add(Project(page.Item, projection));
                }
            }

            await Database.WaitUntilDurableAsync(page.Lsn, cancellation).ConfigureAwait(false);
            foreach (var item in items)
            {
                yield return item;
            }

            items.Clear();
            if (page.IsFull)
            {
                range.Resume(page.EntryKey, ascending);
            }
        }
        while (page.IsFull);
    }

    private static Item Project(ReadOnlySpan<byte> item, BoundProjection projection)
    {
        if (!projection.IsPresent)
        {
            return new Item(item.ToArray());
        }

        using var writer = ValueWriter.Rent();
        projection.Project(item, writer);
        return new Item(writer.Written.ToArray());
    }

    private void StartQuery(
        KeyRange range, string condition, Placeholders placeholders, SecondaryIndex? index, Table table, KeySchema key)
    {
        var bound = Database.Expressions.KeyCondition(Utf8.UTF8.GetBytes(condition)).Bind(placeholders);
        var resolved = bound.Resolve(key);
        var fault = range.Start(PartitionsOf(table, index).Id, key, resolved);
        if (!fault.IsNone)
        {
            throw DynamoDbException.Validation(ItemKeyFaultText.OfKey(fault));
        }
    }

    private static PartitionMap PartitionsOf(Table table, SecondaryIndex? index) => index?.Partitions ?? table.Partitions;

    private static SecondaryIndex? IndexOf(Table table, string? name)
    {
        if (name is null)
        {
            return null;
        }

        var index = table.FindIndex(Utf8.UTF8.GetBytes(name))
            ?? throw DynamoDbException.Validation($"The table does not have the specified index: {name}");
        return index.IsActive
            ? index
            : throw DynamoDbException.Validation($"Cannot read from backfilling global secondary index: {name}");
    }
}
