using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>
/// A request to write one item: PutItem, UpdateItem, DeleteItem, or one action of TransactWriteItems. Used in this
/// order: read the members, check constraints, <see cref="Bind"/>, find the table, build the key; so refusals come in
/// DynamoDB's order. Reusable by one request at a time.
/// </summary>
internal sealed class WriteRequest : IDisposable
{
    private const int KeptItemBytesMax = 32 * 1024;

    private LegacyParameters? legacy;

    internal RequestText TableName { get; } = new();

    internal RequestText ConditionExpression { get; } = new();

    internal RequestText UpdateExpression { get; } = new();

    internal ExpressionAttributes Attributes { get; } = new();

    internal ConstraintErrors Errors { get; } = new();

    /// <summary>The item to put, or the key.</summary>
    internal ValueWriter Item { get; } = ValueWriter.Rent();

    /// <summary>What UPDATED_OLD and UPDATED_NEW show.</summary>
    internal ValueWriter Touched { get; } = ValueWriter.Rent();

    internal ItemWrite Write { get; } = new();

    internal ConsumedCapacity Capacity { get; } = new();

    internal bool HasItem { get; private set; }

    /// <summary>True when parameters came that expressions replaced.</summary>
    internal bool IsLegacy => legacy is not null;

    internal ReturnValues ReturnValues { get; set; }

    internal ReturnConsumedCapacity ReturnConsumedCapacity { get; set; }

    internal bool ReturnItemCollectionMetrics { get; set; }

    /// <summary>False when the scope grew so much that it should not be kept.</summary>
    internal bool IsSmall =>
        Item.Length + Touched.Length + Write.Old.Length + Write.New.Length <= KeptItemBytesMax;

    public void Dispose()
    {
        legacy?.Dispose();
        Attributes.Dispose();
        Item.Dispose();
        Touched.Dispose();
        Write.Dispose();
    }

    internal void Clear()
    {
        legacy?.Dispose();
        legacy = null;
        TableName.Clear();
        ConditionExpression.Clear();
        UpdateExpression.Clear();
        Attributes.Clear();
        Errors.Clear();
        Item.Clear();
        Touched.Clear();
        HasItem = false;
        ReturnValues = ReturnValues.None;
        ReturnConsumedCapacity = ReturnConsumedCapacity.None;
        ReturnItemCollectionMetrics = false;
        Write.Condition = default;
        Write.Update = default;
        Write.Item = default;
        Write.Fault = null;
        Write.WantsOld = false;
        Write.WantsOldWhenRefused = false;
        Write.LeavesAbsent = false;
    }

    /// <summary>Reads a legacy member, or passes over one that nobody knows.</summary>
    internal void ReadLegacyOrSkip(ref Utf8JsonReader reader, LegacyMembers accepted) =>
        LegacyParameters.ReadOrSkip(ref reader, accepted, Errors, ref legacy);

    /// <summary>Reads a member that all single-item writes have in common with a transaction's actions.</summary>
    internal bool TryReadCommonMember(ref Utf8JsonReader reader, bool inTransaction)
    {
        if (reader.ValueTextEquals("TableName"u8))
        {
            TableName.Read(ref reader);
        }
        else if (reader.ValueTextEquals("ConditionExpression"u8))
        {
            ConditionExpression.Read(ref reader);
        }
        else if (reader.ValueTextEquals("ExpressionAttributeNames"u8))
        {
            Attributes.ReadNames(ref reader);
        }
        else if (reader.ValueTextEquals("ExpressionAttributeValues"u8))
        {
            Attributes.ReadValues(ref reader, namesFaultyKey: inTransaction);
        }
        else if (reader.ValueTextEquals("ReturnValuesOnConditionCheckFailure"u8))
        {
            Write.WantsOldWhenRefused = ReturnOptions.ReadOldOnFailure(ref reader, Errors);
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>Reads a member that says what a single-item write returns.</summary>
    internal bool TryReadReturnMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("ReturnValues"u8))
        {
            ReturnValues = ReturnOptions.ReadValues(ref reader, Errors);
        }
        else if (reader.ValueTextEquals("ReturnConsumedCapacity"u8))
        {
            ReturnConsumedCapacity = ReturnOptions.ReadConsumedCapacity(ref reader, Errors);
        }
        else if (reader.ValueTextEquals("ReturnItemCollectionMetrics"u8))
        {
            ReturnItemCollectionMetrics = ReturnOptions.ReadItemCollectionMetrics(ref reader, Errors);
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>Reads the member Item or Key, the reader on its name.</summary>
    internal void ReadItem(ref Utf8JsonReader reader)
    {
        Item.Clear();
        HasItem = RequestJson.MoveToValue(ref reader);
        if (HasItem)
        {
            AttributeValueReader.ReadItem(ref reader, Item);
        }
    }

    /// <summary>Checks the members of a single-item write against their constraints.</summary>
    internal void CheckConstraints(string itemMember)
    {
        if (TableName.IsPresent)
        {
            TableNames.Check(TableName.Span, Errors);
        }

        Errors.ThrowIfAny();
        if (!TableName.IsPresent)
        {
            throw RequestJson.Missing("TableName");
        }

        if (!HasItem)
        {
            throw RequestJson.Missing(itemMember);
        }
    }

    /// <summary>Put and delete know only the item as it was. Source: observed answers of DynamoDB.</summary>
    internal void CheckReturnsOldOnly()
    {
        if (ReturnValues is not (ReturnValues.None or ReturnValues.AllOld))
        {
            throw DynamoDbException.Validation("Return values set to invalid value");
        }
    }

    /// <summary>Parses the expressions and gives them their placeholders.</summary>
    internal void Bind(ExpressionCache expressions, bool takesUpdate)
    {
        legacy?.ThrowIfMixed(
            (nameof(UpdateExpression), UpdateExpression), (nameof(ConditionExpression), ConditionExpression));
        var hasExpressions = ConditionExpression.IsPresent || UpdateExpression.IsPresent;
        Attributes.Check(
            hasExpressions,
            hasExpressions ? null
            : takesUpdate ? "UpdateExpression and ConditionExpression are null"
            : "ConditionExpression is null");
        if (legacy is not null)
        {
            legacy.Check();
            legacy.Bind(Write);
        }

        if (UpdateExpression.IsPresent)
        {
            Write.Update = expressions.Update(UpdateExpression.Span).Bind(Attributes.Placeholders);
        }

        if (ConditionExpression.IsPresent)
        {
            Write.Condition = expressions.Condition(ConditionExpression.Span).Bind(Attributes.Placeholders);
        }

        Attributes.Placeholders.ThrowIfUnused();
    }

    /// <summary>Fills in the write and makes its key. The table is known, the item is read.</summary>
    internal KeyFault BuildKey(WriteKind kind)
    {
        Write.Kind = kind;
        Write.Item = Item.WrittenMemory;
        Write.WantsOld = ReturnValues is ReturnValues.AllOld or ReturnValues.UpdatedOld;
        return Write.Table.TryBuildKey(new ValueView(Item.Written), Write.Key);
    }
}
