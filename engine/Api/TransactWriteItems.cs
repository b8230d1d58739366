using System.Buffers;
using System.IO.Hashing;
using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>TransactWriteItems: up to 100 puts, updates, deletes and checks on different items, all or none.</summary>
internal sealed class TransactWriteItems(Database database) : IOperation
{
    private readonly WriteRequests requests = new();

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var request = new TransactWriteRequest(requests);
        try
        {
            request.Read(body);
            foreach (var action in request.Actions)
            {
                action.Bind(database.Expressions, takesUpdate: action.Write.Kind == WriteKind.Update);
            }

            var writes = new ItemWrite[request.Actions.Count];
            var faults = Resolve(request.Actions, writes);
            if (faults is not null)
            {
                await database.WaitUntilDurableAsync(database.Catalog.Lsn, cancellation).ConfigureAwait(false);
                return TransactionCanceled.Write(response, faults);
            }

            RequestToken? token = request.Token is { } text ? new RequestToken(text, HashOf(request.ItemsOf(body))) : null;
            var result = await database.TransactWriteAsync(writes, token, cancellation).ConfigureAwait(false);
            switch (result)
            {
                case TransactionResult.TokenMismatch:
                    throw DynamoDbException.IdempotentParameterMismatch();
                case TransactionResult.Cancelled:
                    return TransactionCanceled.Write(response, writes);
                default:
                    var capacity = request.Capacity == ReturnConsumedCapacity.None ? null
                        : result == TransactionResult.Replayed ? await ReadsAsync(writes, cancellation).ConfigureAwait(false)
                        : WritesOf(writes);
                    Answer(response, request, writes, capacity, result);
                    return IOperation.Ok;
            }
        }
        finally
        {
            request.Dispose();
        }
    }

    /// <summary>Finds tables, makes keys; says what does not fit, or null.</summary>
    private string?[]? Resolve(List<WriteRequest> actions, ItemWrite[] writes)
    {
        var bytes = 0L;
        foreach (var action in actions)
        {
            bytes += new ValueView(action.Item.Written).ItemSizeBytes;
            if (action.Write.Kind == WriteKind.Put)
            {
                ItemKeys.ThrowIfTooLarge(action.Item.Written);
            }
        }

        TransactionRules.CheckSize(bytes);
        foreach (var action in actions)
        {
            action.Write.Table = database.Catalog.Find(action.TableName);
        }

        string?[]? faults = null;
        var keys = new List<KeyBuffer>(actions.Count);
        for (var i = 0; i < writes.Length; i++)
        {
            var action = actions[i];
            writes[i] = action.Write;
            var keyFault = action.BuildKey(action.Write.Kind);
            var fault = action.Write.Kind == WriteKind.Put
                ? ItemKeys.FaultOfItem(action.Write.Table, keyFault, action.Item.Written)
                : ItemKeys.FaultOfKey(action.Write.Table, keyFault, action.Item.Written);
            if (fault is not null)
            {
                faults ??= new string?[writes.Length];
                faults[i] = fault;
                continue;
            }

            UpdateItem.ThrowIfUpdatesKey(action.Write);
            if (!RepeatedKeys.IsNew(keys, action.Write.Key))
            {
                throw TransactionRules.Repeated();
            }

            keys.Add(action.Write.Key);
        }

        return faults;
    }

    private static UInt128 HashOf(ReadOnlySequence<byte> items)
    {
        if (items.IsSingleSegment)
        {
            return XxHash128.HashToUInt128(items.FirstSpan);
        }

        var hash = new XxHash128();
        foreach (var segment in items)
        {
            hash.Append(segment.Span);
        }

        return hash.GetCurrentHashAsUInt128();
    }

    private static CapacityByTable WritesOf(ItemWrite[] writes)
    {
        var capacity = new CapacityByTable();
        foreach (var write in writes)
        {
            capacity.Of(write.Table).AddWrite(write, isTransaction: true);
        }

        return capacity;
    }

    /// <summary>A transaction that was done before is charged as reads of its items. Source: captured from DynamoDB.</summary>
    private async ValueTask<CapacityByTable> ReadsAsync(ItemWrite[] writes, CancellationToken cancellation)
    {
        using var read = new ItemRead();
        var capacity = new CapacityByTable();
        foreach (var write in writes)
        {
            read.Table = write.Table;
            read.Key.CopyFrom(write.Key.Span);
            await database.ReadAsync(read, cancellation).ConfigureAwait(false);
            capacity.Of(write.Table).AddTransactionRead(
                read.Found ? new ValueView(read.Item.Written).ItemSizeBytes : 0);
        }

        return capacity;
    }

    private static void Answer(
        Utf8JsonWriter json,
        TransactWriteRequest request,
        ItemWrite[] writes,
        CapacityByTable? capacity,
        TransactionResult result)
    {
        json.WriteStartObject();
        capacity?.WriteMember(
            json,
            request.Capacity,
            result == TransactionResult.Replayed ? CapacitySort.TransactionRead : CapacitySort.TransactionWrite);
        if (request.Metrics)
        {
            ItemCollectionMetrics.WriteMember(json, writes);
        }

        json.WriteEndObject();
    }
}
