using System.Buffers;
using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>BatchWriteItem: up to 25 puts and deletes on any tables, each on its own; one wait for the disk for all.</summary>
internal sealed class BatchWriteItem(Database database) : IOperation
{
    private readonly WriteRequests requests = new();

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var batch = new List<WriteRequest>();
        try
        {
            var options = Read(body, batch);
            var writes = Resolve(batch);
            await database.WriteManyAsync(writes, cancellation).ConfigureAwait(false);
            Answer(response, writes, options);
            return IOperation.Ok;
        }
        finally
        {
            foreach (var request in batch)
            {
                requests.Return(request);
            }
        }
    }

    private Options Read(in ReadOnlySequence<byte> body, List<WriteRequest> batch)
    {
        var options = default(Options);
        var errors = new ConstraintErrors();
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("RequestItems"u8))
            {
                ReadTables(ref reader, batch, errors);
            }
            else if (reader.ValueTextEquals("ReturnConsumedCapacity"u8))
            {
                options.Capacity = ReturnOptions.ReadConsumedCapacity(ref reader, errors);
            }
            else if (reader.ValueTextEquals("ReturnItemCollectionMetrics"u8))
            {
                options.Metrics = ReturnOptions.ReadItemCollectionMetrics(ref reader, errors);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        RequestJson.Close(ref reader);
        errors.ThrowIfAny();
        if (batch.Count == 0)
        {
            throw DynamoDbException.Validation("The requestItems parameter is required for BatchWriteItem");
        }

        return options;
    }

    private void ReadTables(ref Utf8JsonReader reader, List<WriteRequest> batch, ConstraintErrors errors)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return;
        }

        RequestJson.RequireObject(ref reader);
        var tableName = new RequestText();
        while (RequestJson.NextMember(ref reader))
        {
            tableName.ReadToken(ref reader);
            TableNames.Check(tableName.Span, errors);
            if (!RequestJson.MoveToValue(ref reader))
            {
                errors.Add(ConstraintText.NotNull($"requestItems.{tableName}.member"));
                continue;
            }

            RequestJson.RequireArray(ref reader);
            var before = batch.Count;
            while (RequestJson.NextElement(ref reader))
            {
                if (batch.Count == Limits.BatchWriteItemsMax)
                {
                    throw DynamoDbException.Validation("Too many items requested for the BatchWriteItem call");
                }

                var request = requests.Rent();
                batch.Add(request);
                request.TableName.Set(tableName.Span);
                ReadRequest(ref reader, request);
            }

            if (batch.Count == before)
            {
                // Source: observed answers of DynamoDB.
                errors.Add(
                    $"Value '{{{tableName}=[]}}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
                    + "[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]");
            }
        }
    }

    /// <summary>Reads <c>{"PutRequest": {"Item": ...}}</c> or <c>{"DeleteRequest": {"Key": ...}}</c>.</summary>
    private static void ReadRequest(ref Utf8JsonReader reader, WriteRequest request)
    {
        RequestJson.RequireObject(ref reader);
        var count = 0;
        while (RequestJson.NextMember(ref reader))
        {
            var isPut = reader.ValueTextEquals("PutRequest"u8);
            if (!isPut && !reader.ValueTextEquals("DeleteRequest"u8))
            {
                RequestJson.SkipMember(ref reader);
                continue;
            }

            if (!RequestJson.MoveToValue(ref reader))
            {
                continue;
            }

            count++;
            request.Write.Kind = isPut ? WriteKind.Put : WriteKind.Delete;
            RequestJson.RequireObject(ref reader);
            while (RequestJson.NextMember(ref reader))
            {
                if (isPut ? reader.ValueTextEquals("Item"u8) : reader.ValueTextEquals("Key"u8))
                {
                    request.ReadItem(ref reader);
                }
                else
                {
                    RequestJson.SkipMember(ref reader);
                }
            }
        }

        if (count != 1)
        {
            // The text for none is ours; the one for two is an observed answer of DynamoDB.
            throw DynamoDbException.Validation(count == 0
                ? "Supplied WriteRequest is empty, must contain exactly one of PutRequest and DeleteRequest"
                : "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
        }

        if (!request.HasItem)
        {
            throw RequestJson.Missing(request.Write.Kind == WriteKind.Put ? "Item" : "Key");
        }
    }

    private ItemWrite[] Resolve(List<WriteRequest> batch)
    {
        foreach (var request in batch)
        {
            if (request.Write.Kind == WriteKind.Put)
            {
                ItemKeys.ThrowIfTooLarge(request.Item.Written);
            }
        }

        foreach (var request in batch)
        {
            request.Write.Table = database.Catalog.Find(request.TableName);
        }

        var writes = new ItemWrite[batch.Count];
        var keys = new List<KeyBuffer>(batch.Count);
        for (var i = 0; i < writes.Length; i++)
        {
            var request = batch[i];
            var write = request.Write;
            var fault = request.BuildKey(write.Kind);
            ItemKeys.ThrowIfAny(write.Kind == WriteKind.Put
                ? ItemKeys.FaultOfItem(write.Table, fault, request.Item.Written)
                : ItemKeys.FaultOfKey(write.Table, fault, request.Item.Written));
            if (!RepeatedKeys.IsNew(keys, write.Key))
            {
                throw DynamoDbException.Validation("Provided list of item keys contains duplicates");
            }

            keys.Add(write.Key);
            writes[i] = write;
        }

        return writes;
    }

    /// <summary>Every write was done or the call failed as a whole, so nothing is ever left over.</summary>
    private static void Answer(Utf8JsonWriter json, ItemWrite[] writes, Options options)
    {
        json.WriteStartObject();
        json.WriteStartObject("UnprocessedItems"u8);
        json.WriteEndObject();
        if (options.Metrics)
        {
            ItemCollectionMetrics.WriteMember(json, writes);
        }

        if (options.Capacity != ReturnConsumedCapacity.None)
        {
            var capacity = new CapacityByTable();
            foreach (var write in writes)
            {
                capacity.Of(write.Table).AddWrite(write, isTransaction: false);
            }

            capacity.WriteMember(json, options.Capacity, CapacitySort.Plain);
        }

        json.WriteEndObject();
    }

    private struct Options
    {
        internal ReturnConsumedCapacity Capacity;
        internal bool Metrics;
    }
}
