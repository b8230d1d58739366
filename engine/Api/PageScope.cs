using System.Buffers;
using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>
/// What Query and Scan share: one request from its reading to its answer. Reusable; items go from the entries' bytes to
/// the response, nothing is made per item. Steps in order: <see cref="Begin"/>, <see cref="OpenTarget"/>, the operation
/// sets <see cref="Range"/>, <see cref="Resume"/>, <see cref="AnswerAsync"/>.
/// </summary>
internal sealed class PageScope(Database database) : IDisposable
{
    private readonly PageReader page = new();
    private readonly ConsumedCapacity capacity = new();
    private readonly ValueWriter projected = ValueWriter.Rent();
    private readonly KeyBuffer baseKey = new();
    private readonly KeyBuffer entryKey = new();
    private BoundProjection projection;
    private int indexAt;

    internal PageRequest Request { get; } = new();

    internal KeyRange Range { get; } = new();

    internal BoundCondition Filter { get; private set; }

    internal Table Table { get; private set; } = null!;

    /// <summary>Null for the table itself.</summary>
    internal SecondaryIndex? Index { get; private set; }

    /// <summary>The key of what is read.</summary>
    internal KeySchema Key => Index?.Key ?? Table.Key;

    /// <summary>First four bytes of the keys read.</summary>
    internal uint Id => Index?.Stored.Id ?? Table.Stored.Id;

    public void Dispose()
    {
        page.Dispose();
        projected.Dispose();
        Request.Dispose();
    }

    /// <summary>Reads the request and binds its expressions; an operation that has more of them checks for unused names.</summary>
    internal void Begin(in ReadOnlySequence<byte> body, bool isQuery)
    {
        Request.Read(body, isQuery);
        var placeholders = Request.Attributes.Placeholders;
        projection = Request.Projection.IsPresent
            ? database.Expressions.Projection(Request.Projection.Span).Bind(placeholders)
            : Request.Legacy?.BindProjection() ?? default;
        Filter = Request.Filter.IsPresent
            ? database.Expressions.Filter(Request.Filter.Span).Bind(placeholders)
            : Request.Legacy?.BindFilter() ?? default;
    }

    /// <summary>Finds the table and index, and checks that the index can give what is asked.</summary>
    internal void OpenTarget()
    {
        Table = database.Catalog.Find(Request.TableName);
        Index = null;
        if (!Request.IndexName.IsPresent)
        {
            return;
        }

        Index = Table.FindIndex(Request.IndexName.Span) ?? throw DynamoDbException.Validation(
            $"The table does not have the specified index: {Request.IndexName}");
        indexAt = Array.IndexOf(Table.Indexes, Index);
        if (!Index.Definition.IsLocal)
        {
            GlobalIndexRules.Check(Index, Request, projection, Filter);
        }
    }

    /// <summary>Moves the range behind ExclusiveStartKey, when it came.</summary>
    internal void Resume(bool isQuery)
    {
        if (Request.StartKey.Length == 0)
        {
            return;
        }

        var start = StartKeyReader.Read(Table, Index, Request.StartKey.Written, baseKey, entryKey);
        if (!Range.Contains(start))
        {
            throw !isQuery ? StartKeyReader.OutsideSegment(Request)
                : Range.IsInCollection(start, Key) ? StartKeyReader.OutsideRange()
                : StartKeyReader.OutsideCollection();
        }

        Range.Resume(start, Request.Ascending);
    }

    /// <summary>Reads the page, writes it and waits until what it shows would survive power loss.</summary>
    internal async ValueTask<int> AnswerAsync(Utf8JsonWriter response, CancellationToken cancellation)
    {
        page.Start(Index?.Partitions ?? Table.Partitions, Range, Request.Ascending, Filter, Request.Limit);
        if (NeedsBaseItems())
        {
            page.FetchFrom(database, Table);
        }

        response.WriteStartObject();
        if (Request.Select == Select.Count)
        {
            await CountAsync(cancellation).ConfigureAwait(false);
        }
        else
        {
            await WriteItemsAsync(response, cancellation).ConfigureAwait(false);
        }

        WriteEnd(response);
        await database.WaitUntilDurableAsync(Math.Max(page.Lsn, Table.CatalogLsn), cancellation).ConfigureAwait(false);
        return IOperation.Ok;
    }

    private async ValueTask CountAsync(CancellationToken cancellation)
    {
        while (await page.FillAsync(cancellation).ConfigureAwait(false))
        {
            while (page.TryNext())
            {
            }
        }
    }

    private async ValueTask WriteItemsAsync(Utf8JsonWriter response, CancellationToken cancellation)
    {
        response.WriteStartArray("Items"u8);
        while (await page.FillAsync(cancellation).ConfigureAwait(false))
        {
            WriteRead(response);
        }

        response.WriteEndArray();
    }

    private void WriteRead(Utf8JsonWriter response)
    {
        // A local index shows what it projects even when the filter needed the table's item.
        var showsEntries = Request.Select is Select.Default or Select.AllProjectedAttributes;
        while (page.TryNext())
        {
            if (projection.IsPresent)
            {
                projected.Clear();
                projection.Project(page.Item, projected);
                AttributeValueWriter.WriteItem(response, projected.Written);
            }
            else
            {
                AttributeValueWriter.WriteItem(response, showsEntries ? page.Entry : page.Item);
            }
        }
    }

    private void WriteEnd(Utf8JsonWriter response)
    {
        response.WriteNumber("Count"u8, page.Count);
        response.WriteNumber("ScannedCount"u8, page.ScannedCount);
        if (page.IsFull)
        {
            WriteLastEvaluatedKey(response);
        }

        if (Request.ReturnConsumedCapacity != ReturnConsumedCapacity.None)
        {
            Charge();
            capacity.WriteMember(response, Request.ReturnConsumedCapacity);
        }

        response.WriteEndObject();
    }

    private void WriteLastEvaluatedKey(Utf8JsonWriter response)
    {
        var entry = new ValueView(page.Entry);
        response.WriteStartObject("LastEvaluatedKey"u8);
        for (var i = 0; i < Table.Key.Count; i++)
        {
            WriteKeyAttribute(response, entry, Table.Key[i]);
        }

        for (var i = 0; Index is not null && i < Index.Key.Count; i++)
        {
            if (!Table.Key.Contains(Index.Key[i].NameUtf8))
            {
                WriteKeyAttribute(response, entry, Index.Key[i]);
            }
        }

        response.WriteEndObject();
    }

    private static void WriteKeyAttribute(Utf8JsonWriter response, ValueView entry, KeyAttribute attribute)
    {
        if (!entry.TryGetMember(attribute.NameUtf8, out var value))
        {
            throw new InvalidDataException($"An entry lacks its key attribute {attribute.Name}.");
        }

        response.WritePropertyName(attribute.NameUtf8);
        AttributeValueWriter.WriteValue(response, value);
    }

    private void Charge()
    {
        capacity.Begin(Table);
        if (Index is null)
        {
            capacity.AddRead(page.EvaluatedBytes, Request.ConsistentRead);
            return;
        }

        capacity.AddIndexRead(indexAt, page.EvaluatedBytes, Request.ConsistentRead);
        if (page.FetchedBytes > 0)
        {
            capacity.AddRead(page.FetchedBytes, Request.ConsistentRead);
        }
    }

    /// <summary>True when a local index does not hold all that is shown or filtered by.</summary>
    private bool NeedsBaseItems()
    {
        if (Index is null || !Index.Definition.IsLocal || Index.Definition.Projection == ProjectionType.All)
        {
            return false;
        }

        if (Request.Select == Select.AllAttributes)
        {
            return true;
        }

        for (var i = 0; i < projection.PathCount; i++)
        {
            if (!Index.Holds(projection.TopLevelName(i)))
            {
                return true;
            }
        }

        for (var i = 0; i < Filter.NodeCount; i++)
        {
            if (Filter.TryGetTopLevelName(i, out var name) && !Index.Holds(name))
            {
                return true;
            }
        }

        return false;
    }
}
