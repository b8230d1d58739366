using System.Text;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>
/// The answer of a transaction that was not done: one reason for each action, in the request's order. Its text member
/// is <c>Message</c>, unlike that of other errors. Source: captured from DynamoDB.
/// </summary>
internal static class TransactionCanceled
{
    /// <summary>Refusals of a TransactWriteItems, as its writes say themselves.</summary>
    internal static int Write(Utf8JsonWriter json, IReadOnlyList<ItemWrite> writes)
    {
        var codes = new string[writes.Count];
        for (var i = 0; i < codes.Length; i++)
        {
            codes[i] = writes[i].Result switch
            {
                WriteResult.Refused => "ConditionalCheckFailed",
                WriteResult.Invalid => CodeOf(writes[i].Fault!),
                _ => "None",
            };
        }

        Begin(json, codes);
        for (var i = 0; i < codes.Length; i++)
        {
            json.WriteStartObject();
            json.WriteString("Code"u8, codes[i]);
            if (writes[i].Result == WriteResult.Refused)
            {
                json.WriteString("Message"u8, ConditionalCheckFailed.Message);
                ConditionalCheckFailed.WriteOld(json, writes[i]);
            }
            else if (writes[i].Result == WriteResult.Invalid)
            {
                json.WriteString("Message"u8, writes[i].Fault!.Message);
            }

            json.WriteEndObject();
        }

        return End(json);
    }

    /// <summary>Actions that do not fit their tables: one text for each action, null for those that do.</summary>
    internal static int Write(Utf8JsonWriter json, string?[] faults)
    {
        Begin(json, Array.ConvertAll(faults, fault => fault is null ? "None" : "ValidationError"));
        foreach (var fault in faults)
        {
            json.WriteStartObject();
            json.WriteString("Code"u8, fault is null ? "None" : "ValidationError");
            if (fault is not null)
            {
                json.WriteString("Message"u8, fault);
            }

            json.WriteEndObject();
        }

        return End(json);
    }

    private static string CodeOf(DynamoDbException fault) =>
        fault.ErrorType == "ValidationException" ? "ValidationError" : throw fault;

    private static void Begin(Utf8JsonWriter json, string[] codes)
    {
        var message = new StringBuilder(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [");
        json.WriteStartObject();
        json.WriteString("__type"u8, "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"u8);
        json.WriteString("Message"u8, message.AppendJoin(", ", codes).Append(']').ToString());
        json.WriteStartArray("CancellationReasons"u8);
    }

    private static int End(Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.WriteEndObject();
        return IOperation.BadRequest;
    }
}
