using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>Reads TransactWriteItems.</summary>
internal sealed class TransactWriteRequest(WriteRequests requests) : IDisposable
{
    private const int TokenLengthMax = 36;

    private readonly ConstraintErrors errors = new();
    private bool hasItems;
    private (long Start, long Length) items;

    /// <summary>The actions in order; each one's <see cref="ItemWrite.Kind"/> says which.</summary>
    internal List<WriteRequest> Actions { get; } = [];

    /// <summary>ClientRequestToken.</summary>
    internal string? Token { get; private set; }

    internal ReturnConsumedCapacity Capacity { get; private set; }

    /// <summary>ReturnItemCollectionMetrics.</summary>
    internal bool Metrics { get; private set; }

    public void Dispose()
    {
        foreach (var action in Actions)
        {
            requests.Return(action);
        }
    }

    /// <summary>The bytes of TransactItems in the body: what a token stands for.</summary>
    internal ReadOnlySequence<byte> ItemsOf(in ReadOnlySequence<byte> body) => body.Slice(items.Start, items.Length);

    internal void Read(in ReadOnlySequence<byte> body)
    {
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("TransactItems"u8))
            {
                ReadItems(ref reader);
            }
            else if (reader.ValueTextEquals("ClientRequestToken"u8))
            {
                ReadToken(ref reader);
            }
            else if (reader.ValueTextEquals("ReturnConsumedCapacity"u8))
            {
                Capacity = ReturnOptions.ReadConsumedCapacity(ref reader, errors);
            }
            else if (reader.ValueTextEquals("ReturnItemCollectionMetrics"u8))
            {
                Metrics = ReturnOptions.ReadItemCollectionMetrics(ref reader, errors);
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
            TransactionRules.CheckCount(Actions.Count, errors);
        }

        errors.ThrowIfAny();
    }

    private void ReadToken(ref Utf8JsonReader reader)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return;
        }

        RequestJson.RequireString(ref reader);
        Token = RequestJson.Text(ref reader);
        if (Token.Length == 0)
        {
            errors.Add(ConstraintText.LengthAtLeast("clientRequestToken", Token, 1));
        }
        else if (Token.Length > TokenLengthMax)
        {
            errors.Add(ConstraintText.LengthAtMost("clientRequestToken", Token, TokenLengthMax));
        }
    }

    private void ReadItems(ref Utf8JsonReader reader)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return;
        }

        RequestJson.RequireArray(ref reader);
        hasItems = true;
        var start = reader.TokenStartIndex;
        while (RequestJson.NextElement(ref reader))
        {
            if (Actions.Count == Limits.TransactionItemsMax)
            {
                throw TransactionRules.TooMany();
            }

            ReadItem(ref reader);
        }

        items = (start, reader.BytesConsumed - start);
    }

    /// <summary>Reads <c>{"Put": {...}}</c>, or the same with Update, Delete or ConditionCheck.</summary>
    private void ReadItem(ref Utf8JsonReader reader)
    {
        RequestJson.RequireObject(ref reader);
        var action = requests.Rent();
        Actions.Add(action);
        var count = 0;
        while (RequestJson.NextMember(ref reader))
        {
            if (FindKind(ref reader) is not { } kind)
            {
                RequestJson.SkipMember(ref reader);
            }
            else if (RequestJson.MoveToValue(ref reader))
            {
                if (++count > 1)
                {
                    // Source: observed answers of DynamoDB.
                    throw DynamoDbException.Validation("TransactItems can only contain one of Check, Put, Update or Delete");
                }

                action.Write.Kind = kind;
                ReadAction(ref reader, action);
            }
        }

        if (count == 0)
        {
            // Source: observed answers of DynamoDB.
            throw DynamoDbException.Validation(
                "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
        }
    }

    private static WriteKind? FindKind(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("Put"u8) ? WriteKind.Put
        : reader.ValueTextEquals("Update"u8) ? WriteKind.Update
        : reader.ValueTextEquals("Delete"u8) ? WriteKind.Delete
        : reader.ValueTextEquals("ConditionCheck"u8) ? WriteKind.Check
        : null;

    private void ReadAction(ref Utf8JsonReader reader, WriteRequest action)
    {
        RequestJson.RequireObject(ref reader);
        var kind = action.Write.Kind;
        while (RequestJson.NextMember(ref reader))
        {
            if (kind == WriteKind.Put ? reader.ValueTextEquals("Item"u8) : reader.ValueTextEquals("Key"u8))
            {
                action.ReadItem(ref reader);
            }
            else if (kind == WriteKind.Update && reader.ValueTextEquals("UpdateExpression"u8))
            {
                action.UpdateExpression.Read(ref reader);
            }
            else if (!action.TryReadCommonMember(ref reader, inTransaction: true))
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        CheckRequired(action, Actions.Count);
    }

    /// <summary>Transactions keep the older wording, which numbers the actions from one.</summary>
    private void CheckRequired(WriteRequest action, int number)
    {
        var (name, item) = action.Write.Kind switch
        {
            WriteKind.Put => ("put", "item"),
            WriteKind.Update => ("update", "key"),
            WriteKind.Delete => ("delete", "key"),
            _ => ("conditionCheck", "key"),
        };
        TransactionRules.CheckTableName(action.TableName, errors, number, name);
        if (!action.HasItem)
        {
            errors.Add(ConstraintText.NotNull($"transactItems.{number}.member.{name}.{item}"));
        }

        if (action.Write.Kind == WriteKind.Update && !action.UpdateExpression.IsPresent)
        {
            errors.Add(ConstraintText.NotNull($"transactItems.{number}.member.update.updateExpression"));
        }

        if (action.Write.Kind == WriteKind.Check && !action.ConditionExpression.IsPresent)
        {
            errors.Add(ConstraintText.NotNull($"transactItems.{number}.member.conditionCheck.conditionExpression"));
        }

        action.Errors.MoveTo(errors);
    }
}
