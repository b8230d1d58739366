using System.Buffers;
using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>TransactGetItems: up to 100 different items as they were together at one moment.</summary>
internal sealed class TransactGetItems(Database database) : IOperation
{
    private readonly ReadRequests requests = new();

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var actions = new List<ReadRequest>();
        try
        {
            var wanted = Read(body, actions);
            foreach (var action in actions)
            {
                action.Bind(database.Expressions);
            }

            var reads = new ItemRead[actions.Count];
            var faults = Resolve(actions, reads);
            if (faults is not null)
            {
                await database.WaitUntilDurableAsync(database.Catalog.Lsn, cancellation).ConfigureAwait(false);
                return TransactionCanceled.Write(response, faults);
            }

            await database.TransactReadAsync(reads, cancellation).ConfigureAwait(false);
            Answer(response, actions, wanted);
            return IOperation.Ok;
        }
        finally
        {
            foreach (var action in actions)
            {
                requests.Return(action);
            }
        }
    }

    private ReturnConsumedCapacity Read(in ReadOnlySequence<byte> body, List<ReadRequest> actions)
    {
        var wanted = ReturnConsumedCapacity.None;
        var errors = new ConstraintErrors();
        var hasItems = false;
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("TransactItems"u8))
            {
                hasItems = RequestJson.MoveToValue(ref reader);
                if (hasItems)
                {
                    ReadItems(ref reader, actions, errors);
                }
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
        if (!hasItems)
        {
            errors.Add(ConstraintText.NotNull("transactItems"));
        }
        else
        {
            TransactionRules.CheckCount(actions.Count, errors);
        }

        errors.ThrowIfAny();
        return wanted;
    }

    private void ReadItems(ref Utf8JsonReader reader, List<ReadRequest> actions, ConstraintErrors errors)
    {
        RequestJson.RequireArray(ref reader);
        while (RequestJson.NextElement(ref reader))
        {
            if (actions.Count == Limits.TransactionItemsMax)
            {
                throw TransactionRules.TooMany();
            }

            RequestJson.RequireObject(ref reader);
            var action = requests.Rent();
            actions.Add(action);
            var hasGet = false;
            while (RequestJson.NextMember(ref reader))
            {
                if (!reader.ValueTextEquals("Get"u8))
                {
                    RequestJson.SkipMember(ref reader);
                }
                else if (RequestJson.MoveToValue(ref reader))
                {
                    hasGet = true;
                    ReadGet(ref reader, action);
                }
            }

            Check(action, hasGet, actions.Count, errors);
        }
    }

    private static void ReadGet(ref Utf8JsonReader reader, ReadRequest action)
    {
        RequestJson.RequireObject(ref reader);
        while (RequestJson.NextMember(ref reader))
        {
            if (!action.TryReadCommonMember(ref reader))
            {
                RequestJson.SkipMember(ref reader);
            }
        }
    }

    private static void Check(ReadRequest action, bool hasGet, int number, ConstraintErrors errors)
    {
        if (!hasGet)
        {
            errors.Add(ConstraintText.NotNull($"transactItems.{number}.member.get"));
            return;
        }

        TransactionRules.CheckTableName(action.TableName, errors, number, "get");
        if (!action.HasKey)
        {
            errors.Add(ConstraintText.NotNull($"transactItems.{number}.member.get.key"));
        }
    }

    /// <summary>Finds tables, makes keys; says what does not fit, or null.</summary>
    private string?[]? Resolve(List<ReadRequest> actions, ItemRead[] reads)
    {
        foreach (var action in actions)
        {
            action.Read.Table = database.Catalog.Find(action.TableName);
        }

        string?[]? faults = null;
        var keys = new List<KeyBuffer>(actions.Count);
        for (var i = 0; i < reads.Length; i++)
        {
            reads[i] = actions[i].Read;
            if (actions[i].BuildKey() is { } fault)
            {
                faults ??= new string?[reads.Length];
                faults[i] = fault;
                continue;
            }

            if (!RepeatedKeys.IsNew(keys, reads[i].Key))
            {
                throw TransactionRules.Repeated();
            }

            keys.Add(reads[i].Key);
        }

        return faults;
    }

    private static void Answer(Utf8JsonWriter json, List<ReadRequest> actions, ReturnConsumedCapacity wanted)
    {
        var bytes = 0L;
        var capacity = new CapacityByTable();
        foreach (var action in actions)
        {
            var size = action.Read.Found ? new ValueView(action.Read.Item.Written).ItemSizeBytes : 0;
            bytes += size;
            capacity.Of(action.Read.Table).AddTransactionRead(size);
        }

        TransactionRules.CheckSize(bytes);
        json.WriteStartObject();
        json.WriteStartArray("Responses"u8);
        foreach (var action in actions)
        {
            json.WriteStartObject();
            action.WriteItem(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (wanted != ReturnConsumedCapacity.None)
        {
            capacity.WriteMember(json, wanted, CapacitySort.TransactionRead);
        }

        json.WriteEndObject();
    }
}
