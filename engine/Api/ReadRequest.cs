using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>A request to read one item: GetItem, or one action of TransactGetItems. Reusable by one request at a time.</summary>
internal sealed class ReadRequest : IDisposable
{
    private const int KeptItemBytesMax = 32 * 1024;

    private LegacyParameters? legacy;

    internal RequestText TableName { get; } = new();

    internal RequestText ProjectionExpression { get; } = new();

    internal ExpressionAttributes Attributes { get; } = new();

    internal ConstraintErrors Errors { get; } = new();

    internal ValueWriter Key { get; } = ValueWriter.Rent();

    internal ValueWriter Projected { get; } = ValueWriter.Rent();

    internal ItemRead Read { get; } = new();

    internal ConsumedCapacity Capacity { get; } = new();

    internal bool HasKey { get; private set; }

    internal bool ConsistentRead { get; set; }

    internal ReturnConsumedCapacity ReturnConsumedCapacity { get; set; }

    internal BoundProjection Projection { get; private set; }

    /// <summary>False when the scope grew so much that it should not be kept.</summary>
    internal bool IsSmall => Key.Length + Projected.Length + Read.Item.Length <= KeptItemBytesMax;

    public void Dispose()
    {
        legacy?.Dispose();
        Attributes.Dispose();
        Key.Dispose();
        Projected.Dispose();
        Read.Dispose();
    }

    internal void Clear()
    {
        legacy?.Dispose();
        legacy = null;
        TableName.Clear();
        ProjectionExpression.Clear();
        Attributes.Clear();
        Errors.Clear();
        Key.Clear();
        Projected.Clear();
        Read.Item.Clear();
        Read.Found = false;
        HasKey = false;
        ConsistentRead = false;
        ReturnConsumedCapacity = ReturnConsumedCapacity.None;
        Projection = default;
    }

    /// <summary>Reads a member that GetItem has in common with a transaction's actions.</summary>
    internal bool TryReadCommonMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("TableName"u8))
        {
            TableName.Read(ref reader);
        }
        else if (reader.ValueTextEquals("Key"u8))
        {
            ReadKey(ref reader);
        }
        else if (reader.ValueTextEquals("ProjectionExpression"u8))
        {
            ProjectionExpression.Read(ref reader);
        }
        else if (reader.ValueTextEquals("ExpressionAttributeNames"u8))
        {
            Attributes.ReadNames(ref reader);
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>Reads AttributesToGet, or passes over a member that nobody knows.</summary>
    internal void ReadLegacyOrSkip(ref Utf8JsonReader reader) =>
        LegacyParameters.ReadOrSkip(ref reader, LegacyMembers.AttributesToGet, Errors, ref legacy);

    /// <summary>Parses the projection and gives it its placeholders.</summary>
    internal void Bind(ExpressionCache expressions)
    {
        legacy?.ThrowIfMixed((nameof(ProjectionExpression), ProjectionExpression));
        Attributes.Check(ProjectionExpression.IsPresent, null);
        if (legacy is not null)
        {
            legacy.Check();
            Projection = legacy.BindProjection();
        }

        if (ProjectionExpression.IsPresent)
        {
            Projection = expressions.Projection(ProjectionExpression.Span).Bind(Attributes.Placeholders);
        }

        Attributes.Placeholders.ThrowIfUnused();
    }

    /// <summary>Makes the key of the table that is known; what is wrong with it, or null.</summary>
    internal string? BuildKey()
    {
        var fault = Read.Table.TryBuildKey(new ValueView(Key.Written), Read.Key);
        return ItemKeys.FaultOfKey(Read.Table, fault, Key.Written);
    }

    /// <summary>Writes the member Item, projected; nothing when the item is absent.</summary>
    internal void WriteItem(Utf8JsonWriter json)
    {
        if (!Read.Found)
        {
            return;
        }

        json.WritePropertyName("Item"u8);
        if (!Projection.IsPresent)
        {
            AttributeValueWriter.WriteItem(json, Read.Item.Written);
            return;
        }

        Projected.Clear();
        Projection.Project(Read.Item.Written, Projected);
        AttributeValueWriter.WriteItem(json, Projected.Written);
    }

    private void ReadKey(ref Utf8JsonReader reader)
    {
        Key.Clear();
        HasKey = RequestJson.MoveToValue(ref reader);
        if (HasKey)
        {
            AttributeValueReader.ReadItem(ref reader, Key);
        }
    }
}
