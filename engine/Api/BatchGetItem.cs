using System.Buffers;
using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>
/// BatchGetItem: up to 100 items of any tables, at most 16 MB of them; the keys beyond are UnprocessedKeys, to be asked
/// for again. Each item is read on its own.
/// </summary>
internal sealed class BatchGetItem(Database database) : IOperation
{
    /// <summary>Items read before their sizes are looked at: what is read in vain is bounded by it.</summary>
    private const int ReadsAtOnce = 10;

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var tables = new List<BatchGetTable>();
        try
        {
            var wanted = Read(body, tables);
            Check(tables);
            foreach (var table in tables)
            {
                table.Bind(database.Expressions);
            }

            Resolve(tables);
            var processed = await ReadAsync(tables, cancellation).ConfigureAwait(false);
            Answer(response, body, tables, processed, wanted);
            return IOperation.Ok;
        }
        finally
        {
            foreach (var table in tables)
            {
                table.Dispose();
            }
        }
    }

    private static ReturnConsumedCapacity Read(in ReadOnlySequence<byte> body, List<BatchGetTable> tables)
    {
        var wanted = ReturnConsumedCapacity.None;
        var errors = new ConstraintErrors();
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("RequestItems"u8))
            {
                ReadTables(ref reader, tables);
            }
            else if (reader.ValueTextEquals("ReturnConsumedCapacity"u8))
            {
                wanted = ReturnOptions.ReadConsumedCapacity(ref reader, errors);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        RequestJson.Close(ref reader);
        foreach (var table in tables)
        {
            TableNames.Check(table.TableName.Span, errors);
            table.Errors.MoveTo(errors);
            if (!table.HasKeys)
            {
                errors.Add(ConstraintText.NotNull($"requestItems.{table.TableName}.member.keys"));
            }
            else if (table.KeyCount == 0)
            {
                errors.Add(ConstraintText.LengthAtLeast($"requestItems.{table.TableName}.member.keys", "[]", 1));
            }
        }

        errors.ThrowIfAny();
        return wanted;
    }

    private static void ReadTables(ref Utf8JsonReader reader, List<BatchGetTable> tables)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return;
        }

        RequestJson.RequireObject(ref reader);
        while (RequestJson.NextMember(ref reader))
        {
            if (tables.Count == Limits.BatchGetKeysMax)
            {
                throw TooMany();
            }

            var table = new BatchGetTable();
            tables.Add(table);
            table.TableName.ReadToken(ref reader);
            RequestJson.MoveToValue(ref reader);
            table.Read(ref reader);
        }
    }

    private static void Check(List<BatchGetTable> tables)
    {
        if (tables.Count == 0)
        {
            throw DynamoDbException.Validation("The requestItems parameter is required for BatchGetItem");
        }

        var count = 0;
        foreach (var table in tables)
        {
            count += table.KeyCount;
        }

        if (count > Limits.BatchGetKeysMax)
        {
            throw TooMany();
        }
    }

    private static DynamoDbException TooMany() =>
        DynamoDbException.Validation("Too many items requested for the BatchGetItem call");

    private void Resolve(List<BatchGetTable> tables)
    {
        foreach (var table in tables)
        {
            table.Table = database.Catalog.Find(table.TableName);
        }

        foreach (var table in tables)
        {
            table.BuildReads();
        }

        // A table may come by its name and by its ARN, so keys are compared across all parts.
        var keys = new List<KeyBuffer>();
        foreach (var table in tables)
        {
            foreach (var read in table.Reads)
            {
                if (!RepeatedKeys.IsNew(keys, read.Key))
                {
                    throw DynamoDbException.Validation("Provided list of item keys contains duplicates");
                }

                keys.Add(read.Key);
            }
        }
    }

    /// <summary>Reads until the answer is full and returns how many of the keys, counted over all tables, are in it.</summary>
    private async ValueTask<int> ReadAsync(List<BatchGetTable> tables, CancellationToken cancellation)
    {
        var processed = 0;
        var bytes = 0L;
        foreach (var table in tables)
        {
            for (var i = 0; i < table.Reads.Count; i += ReadsAtOnce)
            {
                var some = new ArraySegment<ItemRead>(
                    [.. table.Reads[i..Math.Min(i + ReadsAtOnce, table.Reads.Count)]]);
                await database.ReadManyAsync(some, cancellation).ConfigureAwait(false);
                foreach (var read in some)
                {
                    bytes += SizeBytes(read);
                    if (bytes > Limits.BatchGetBytesMax)
                    {
                        return processed;
                    }

                    processed++;
                }
            }
        }

        return processed;
    }

    private static int SizeBytes(ItemRead read) => read.Found ? new ValueView(read.Item.Written).ItemSizeBytes : 0;

    private static void Answer(
        Utf8JsonWriter json,
        in ReadOnlySequence<byte> body,
        List<BatchGetTable> tables,
        int processed,
        ReturnConsumedCapacity wanted)
    {
        json.WriteStartObject();
        json.WriteStartObject("Responses"u8);
        var first = 0;
        foreach (var table in tables)
        {
            WriteItems(json, table, Math.Clamp(processed - first, 0, table.KeyCount));
            first += table.KeyCount;
        }

        json.WriteEndObject();
        json.WriteStartObject("UnprocessedKeys"u8);
        first = 0;
        foreach (var table in tables)
        {
            WriteUnprocessed(json, body, table, Math.Clamp(processed - first, 0, table.KeyCount));
            first += table.KeyCount;
        }

        json.WriteEndObject();
        if (wanted != ReturnConsumedCapacity.None)
        {
            WriteCapacity(json, tables, processed, wanted);
        }

        json.WriteEndObject();
    }

    private static void WriteItems(Utf8JsonWriter json, BatchGetTable table, int count)
    {
        using var projected = ValueWriter.Rent();
        json.WriteStartArray(table.TableName.Span);
        for (var i = 0; i < count; i++)
        {
            if (table.Reads[i].Found)
            {
                projected.Clear();
                table.Projection.Project(table.Reads[i].Item.Written, projected);
                AttributeValueWriter.WriteItem(json, projected.Written);
            }
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the rest as the client would ask for it.</summary>
    private static void WriteUnprocessed(
        Utf8JsonWriter json, in ReadOnlySequence<byte> body, BatchGetTable table, int processed)
    {
        if (processed == table.KeyCount)
        {
            return;
        }

        json.WriteStartObject(table.TableName.Span);
        json.WriteStartArray("Keys"u8);
        for (var i = processed; i < table.KeyCount; i++)
        {
            AttributeValueWriter.WriteItem(json, table.Key(i));
        }

        json.WriteEndArray();
        if (table.ConsistentRead)
        {
            json.WriteBoolean("ConsistentRead"u8, true);
        }

        if (table.ProjectionExpression.IsPresent)
        {
            json.WriteString("ProjectionExpression"u8, table.ProjectionExpression.Span);
        }

        if (table.AttributesToGet.Count > 0)
        {
            json.WriteStartArray("AttributesToGet"u8);
            foreach (var name in table.AttributesToGet)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }

        if (table.NamesOf(body) is { IsEmpty: false } names)
        {
            json.WritePropertyName("ExpressionAttributeNames"u8);
            json.WriteRawValue(names, skipInputValidation: true);
        }

        json.WriteEndObject();
    }

    private static void WriteCapacity(
        Utf8JsonWriter json, List<BatchGetTable> tables, int processed, ReturnConsumedCapacity wanted)
    {
        var capacity = new CapacityByTable();
        foreach (var table in tables)
        {
            var tally = capacity.Of(table.Table);
            for (var i = 0; i < table.KeyCount && processed > 0; i++, processed--)
            {
                tally.AddRead(SizeBytes(table.Reads[i]), table.ConsistentRead);
            }
        }

        capacity.WriteMember(json, wanted, CapacitySort.Plain);
    }
}
