using System.Text.Json;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>The parameters that expressions replaced. To ignore one would answer another question than was asked.</summary>
internal static class LegacyParameters
{
    /// <summary>To be called, the reader on a member's name, for every member an operation does not know.</summary>
    /// <exception cref="DynamoDbException">A legacy parameter that is not null.</exception>
    internal static void RefuseOrSkip(ref Utf8JsonReader reader)
    {
        var name = Find(ref reader);
        if (RequestJson.MoveToValue(ref reader) && name is not null)
        {
            throw DynamoDbException.Validation($"The legacy parameter {name} is not supported yet; use expressions instead");
        }

        JsonToken.Skip(ref reader);
    }

    private static string? Find(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("AttributesToGet"u8) ? "AttributesToGet"
        : reader.ValueTextEquals("AttributeUpdates"u8) ? "AttributeUpdates"
        : reader.ValueTextEquals("ConditionalOperator"u8) ? "ConditionalOperator"
        : reader.ValueTextEquals("Expected"u8) ? "Expected"
        : reader.ValueTextEquals("KeyConditions"u8) ? "KeyConditions"
        : reader.ValueTextEquals("QueryFilter"u8) ? "QueryFilter"
        : reader.ValueTextEquals("ScanFilter"u8) ? "ScanFilter"
        : null;
}
