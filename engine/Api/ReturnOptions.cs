using System.Text.Json;

namespace Storage.Engine.Api;

/// <summary>ReturnConsumedCapacity.</summary>
internal enum ReturnConsumedCapacity
{
    None,
    Total,
    Indexes,
}

/// <summary>ReturnValues.</summary>
internal enum ReturnValues
{
    None,
    AllOld,
    UpdatedOld,
    AllNew,
    UpdatedNew,
}

/// <summary>
/// Reads the members that say what an answer contains, the reader on their names. A value that does not exist is
/// added to the errors. Order of the values in the texts: observed answers of DynamoDB.
/// </summary>
internal static class ReturnOptions
{
    internal static ReturnConsumedCapacity ReadConsumedCapacity(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        if (!MoveToText(ref reader) || reader.ValueTextEquals("NONE"u8))
        {
            return ReturnConsumedCapacity.None;
        }

        if (reader.ValueTextEquals("TOTAL"u8))
        {
            return ReturnConsumedCapacity.Total;
        }

        if (!reader.ValueTextEquals("INDEXES"u8))
        {
            AddEnum(ref reader, errors, "returnConsumedCapacity", "INDEXES, TOTAL, NONE");
        }

        return ReturnConsumedCapacity.Indexes;
    }

    internal static ReturnValues ReadValues(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        if (!MoveToText(ref reader) || reader.ValueTextEquals("NONE"u8))
        {
            return ReturnValues.None;
        }

        if (reader.ValueTextEquals("ALL_OLD"u8))
        {
            return ReturnValues.AllOld;
        }

        if (reader.ValueTextEquals("UPDATED_OLD"u8))
        {
            return ReturnValues.UpdatedOld;
        }

        if (reader.ValueTextEquals("ALL_NEW"u8))
        {
            return ReturnValues.AllNew;
        }

        if (!reader.ValueTextEquals("UPDATED_NEW"u8))
        {
            AddEnum(ref reader, errors, "returnValues", "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW");
        }

        return ReturnValues.UpdatedNew;
    }

    /// <summary>ReturnValuesOnConditionCheckFailure: true for ALL_OLD.</summary>
    internal static bool ReadOldOnFailure(
        ref Utf8JsonReader reader, ConstraintErrors errors, string member = "returnValuesOnConditionCheckFailure")
    {
        if (!MoveToText(ref reader) || reader.ValueTextEquals("NONE"u8))
        {
            return false;
        }

        if (!reader.ValueTextEquals("ALL_OLD"u8))
        {
            AddEnum(ref reader, errors, member, "ALL_OLD, NONE");
        }

        return true;
    }

    /// <summary>ReturnItemCollectionMetrics: true for SIZE.</summary>
    internal static bool ReadItemCollectionMetrics(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        if (!MoveToText(ref reader) || reader.ValueTextEquals("NONE"u8))
        {
            return false;
        }

        if (!reader.ValueTextEquals("SIZE"u8))
        {
            AddEnum(ref reader, errors, "returnItemCollectionMetrics", "SIZE, NONE");
        }

        return true;
    }

    /// <summary>Adds an enum's refusal; the reader stands on the value.</summary>
    internal static void AddEnum(ref Utf8JsonReader reader, ConstraintErrors errors, string member, string values) =>
        errors.Add(ConstraintText.Enum(member, RequestJson.Text(ref reader), values));

    private static bool MoveToText(ref Utf8JsonReader reader)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return false;
        }

        RequestJson.RequireString(ref reader);
        return true;
    }
}
