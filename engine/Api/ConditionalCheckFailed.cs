using System.Text.Json;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>The answer of a single-item write whose condition did not hold: normal traffic, so nothing is thrown.</summary>
internal static class ConditionalCheckFailed
{
    /// <summary>Source: captured from DynamoDB.</summary>
    internal const string Message = "The conditional request failed";

    internal static int Write(Utf8JsonWriter json, ItemWrite write)
    {
        json.WriteStartObject();
        json.WriteString("__type"u8, "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"u8);
        json.WriteString("message"u8, Message);
        WriteOld(json, write);
        json.WriteEndObject();
        return IOperation.BadRequest;
    }

    /// <summary>The item that refused, when it was asked for and is there.</summary>
    internal static void WriteOld(Utf8JsonWriter json, ItemWrite write)
    {
        if (write.WantsOldWhenRefused && write.Old.Length > 0)
        {
            json.WritePropertyName("Item"u8);
            AttributeValueWriter.WriteItem(json, write.Old.Written);
        }
    }
}
