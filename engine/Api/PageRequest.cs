using System.Buffers;
using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>The members of Query and Scan. Reusable.</summary>
internal sealed class PageRequest : IDisposable
{
    private const int SegmentMax = 999_999;
    private const int TotalSegmentsMax = 1_000_000;

    private readonly ConstraintErrors errors = new();
    private string? startKeyFault;
    private LegacyParameters? legacy;

    internal RequestText TableName { get; } = new();

    internal RequestText IndexName { get; } = new();

    internal RequestText KeyCondition { get; } = new();

    internal RequestText Filter { get; } = new();

    internal RequestText Projection { get; } = new();

    internal ExpressionAttributes Attributes { get; } = new();

    /// <summary>The parameters that expressions replaced; null when none came.</summary>
    internal LegacyParameters? Legacy => legacy;

    /// <summary>ExclusiveStartKey as a Map; empty when it did not come.</summary>
    internal ValueWriter StartKey { get; } = ValueWriter.Rent();

    internal Select Select { get; private set; }

    internal int? Limit { get; private set; }

    internal bool ConsistentRead { get; private set; }

    internal bool Ascending { get; private set; }

    internal int? Segment { get; private set; }

    internal int? TotalSegments { get; private set; }

    internal ReturnConsumedCapacity ReturnConsumedCapacity { get; private set; }

    public void Dispose()
    {
        legacy?.Dispose();
        Attributes.Dispose();
        StartKey.Dispose();
    }

    /// <summary>Reads a body, forgetting the one before, and checks what needs neither table nor expressions.</summary>
    /// <exception cref="DynamoDbException">ValidationException; SerializationException.</exception>
    internal void Read(in ReadOnlySequence<byte> body, bool isQuery)
    {
        Clear();
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (!ReadExpression(ref reader, isQuery) && !ReadOption(ref reader))
            {
                LegacyParameters.ReadOrSkip(
                    ref reader, isQuery ? LegacyMembers.OfQuery : LegacyMembers.OfScan, errors, ref legacy);
            }
        }

        RequestJson.Close(ref reader);
        if (!TableName.IsPresent)
        {
            throw RequestJson.Missing("TableName");
        }

        TableNames.Check(TableName.Span, errors);
        if (IndexName.IsPresent)
        {
            TableNames.CheckName(IndexName.Span, errors, "IndexName");
        }

        errors.ThrowIfAny();
        if (startKeyFault is not null)
        {
            throw DynamoDbException.Validation($"The provided starting key is invalid: {startKeyFault}");
        }

        CheckExpressions(isQuery);
        SelectRules.Check(
            Select,
            Projection.IsPresent ? "ProjectionExpression" : legacy?.AttributesToGet is null ? null : "AttributesToGet",
            IndexName.IsPresent);
    }

    private void Clear()
    {
        legacy?.Dispose();
        legacy = null;
        errors.Clear();
        startKeyFault = null;
        TableName.Clear();
        IndexName.Clear();
        KeyCondition.Clear();
        Filter.Clear();
        Projection.Clear();
        Attributes.Clear();
        StartKey.Clear();
        Select = Select.Default;
        Limit = null;
        ConsistentRead = false;
        Ascending = true;
        Segment = null;
        TotalSegments = null;
        ReturnConsumedCapacity = ReturnConsumedCapacity.None;
    }

    private bool ReadExpression(ref Utf8JsonReader reader, bool isQuery)
    {
        if (reader.ValueTextEquals("TableName"u8))
        {
            TableName.Read(ref reader);
        }
        else if (isQuery && reader.ValueTextEquals("KeyConditionExpression"u8))
        {
            KeyCondition.Read(ref reader);
        }
        else if (reader.ValueTextEquals("FilterExpression"u8))
        {
            Filter.Read(ref reader);
        }
        else if (reader.ValueTextEquals("ProjectionExpression"u8))
        {
            Projection.Read(ref reader);
        }
        else if (reader.ValueTextEquals("ExpressionAttributeNames"u8))
        {
            Attributes.ReadNames(ref reader);
        }
        else if (reader.ValueTextEquals("ExpressionAttributeValues"u8))
        {
            Attributes.ReadValues(ref reader, namesFaultyKey: !isQuery);
        }
        else if (reader.ValueTextEquals("ExclusiveStartKey"u8))
        {
            ReadStartKey(ref reader);
        }
        else if (isQuery && reader.ValueTextEquals("ScanIndexForward"u8))
        {
            Ascending = RequestJson.ReadBoolean(ref reader) ?? true;
        }
        else
        {
            return !isQuery && ReadSegment(ref reader);
        }

        return true;
    }

    private bool ReadSegment(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("Segment"u8))
        {
            Segment = ReadInteger(ref reader, "Segment", 0, SegmentMax);
        }
        else if (reader.ValueTextEquals("TotalSegments"u8))
        {
            TotalSegments = ReadInteger(ref reader, "TotalSegments", 1, TotalSegmentsMax);
        }
        else
        {
            return false;
        }

        return true;
    }

    private bool ReadOption(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("IndexName"u8))
        {
            IndexName.Read(ref reader);
        }
        else if (reader.ValueTextEquals("Limit"u8))
        {
            Limit = ReadInteger(ref reader, "Limit", 1, int.MaxValue);
        }
        else if (reader.ValueTextEquals("Select"u8))
        {
            Select = SelectRules.Read(ref reader, errors);
        }
        else if (reader.ValueTextEquals("ConsistentRead"u8))
        {
            ConsistentRead = RequestJson.ReadBoolean(ref reader) ?? false;
        }
        else if (reader.ValueTextEquals("ReturnConsumedCapacity"u8))
        {
            ReturnConsumedCapacity = ReturnOptions.ReadConsumedCapacity(ref reader, errors);
        }
        else
        {
            return false;
        }

        return true;
    }

    private int? ReadInteger(ref Utf8JsonReader reader, string member, int minimum, int maximum)
    {
        if (RequestJson.ReadInteger(ref reader) is not { } value)
        {
            return null;
        }

        if (value < minimum)
        {
            errors.Add(ConstraintText.ValueAtLeast(member, minimum));
        }
        else if (value > maximum)
        {
            errors.Add(ConstraintText.ValueAtMost(member, maximum));
        }

        return (int)Math.Clamp(value, minimum, maximum);
    }

    /// <summary>A fault of a value is told after the constraints, and whole: the rest of the body is still read.</summary>
    private void ReadStartKey(ref Utf8JsonReader reader)
    {
        StartKey.Clear();
        startKeyFault = null;
        var atName = reader;
        if (!RequestJson.MoveToValue(ref reader))
        {
            return;
        }

        try
        {
            AttributeValueReader.ReadItem(ref reader, StartKey);
        }
        catch (DynamoDbException fault) when (fault.ErrorType == "ValidationException")
        {
            startKeyFault = fault.Message;
            reader = atName;
            RequestJson.SkipMember(ref reader);
        }
    }

    private void CheckExpressions(bool isQuery)
    {
        legacy?.ThrowIfMixed(
            ("ProjectionExpression", Projection),
            ("FilterExpression", Filter),
            ("KeyConditionExpression", KeyCondition));
        var hasValueExpression = Filter.IsPresent || KeyCondition.IsPresent;
        Attributes.Check(
            hasValueExpression || Projection.IsPresent,
            hasValueExpression ? null
                : isQuery ? "FilterExpression and KeyConditionExpression are null"
                : "FilterExpression is null");
        if (isQuery && !KeyCondition.IsPresent && legacy?.HasKeyConditions != true)
        {
            throw DynamoDbException.Validation(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
        }

        legacy?.Check();
        if (Segment is not null && TotalSegments is null)
        {
            throw DynamoDbException.Validation(
                "The TotalSegments parameter is required but was not present in the request when Segment parameter is present");
        }

        if (TotalSegments is not null && Segment is null)
        {
            throw DynamoDbException.Validation(
                "The Segment parameter is required but was not present in the request when parameter TotalSegments is present");
        }

        if (Segment >= TotalSegments)
        {
            throw DynamoDbException.Validation(
                "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
                + $"Segment: {Segment} is not less than TotalSegments: {TotalSegments}");
        }
    }
}
