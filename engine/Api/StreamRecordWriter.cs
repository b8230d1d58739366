using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Streams;

namespace Storage.Engine.Api;

/// <summary>
/// Writes records of streams in the two forms that AWS has: of GetRecords and of the event that Lambda gets. Source of
/// members and their order: the service's model; recorded events.
/// </summary>
internal static class StreamRecordWriter
{
    private const long MicrosPerSecond = 1_000_000;

    /// <summary>As GetRecords answers.</summary>
    internal static void WriteRecord(Utf8JsonWriter json, in StreamEntry entry, string region)
    {
        json.WriteStartObject();
        WriteCommon(json, entry, region);
        if (entry.IsExpiry)
        {
            WriteIdentity(json, "PrincipalId"u8, "Type"u8);
        }

        json.WriteEndObject();
    }

    /// <summary>As an element of the event's Records.</summary>
    internal static void WriteEvent(Utf8JsonWriter json, in StreamEntry entry, string region)
    {
        json.WriteStartObject();
        WriteCommon(json, entry, region);
        if (entry.IsExpiry)
        {
            WriteIdentity(json, "principalId"u8, "type"u8);
        }

        json.WriteString("eventSourceARN"u8, entry.Stream.Arn);
        json.WriteEndObject();
    }

    internal static ReadOnlySpan<byte> NameOf(StreamViewType view) => view switch
    {
        StreamViewType.KeysOnly => "KEYS_ONLY"u8,
        StreamViewType.NewImage => "NEW_IMAGE"u8,
        StreamViewType.OldImage => "OLD_IMAGE"u8,
        _ => "NEW_AND_OLD_IMAGES"u8,
    };

    private static void WriteCommon(Utf8JsonWriter json, in StreamEntry entry, string region)
    {
        json.WriteString("eventID"u8, entry.EventId);
        json.WriteString("eventName"u8, entry.Name);
        json.WriteString("eventVersion"u8, "1.1"u8);
        json.WriteString("eventSource"u8, "aws:dynamodb"u8);
        json.WriteString("awsRegion"u8, region);
        json.WriteStartObject("dynamodb"u8);

        // "Rounded down to the closest second", though JSON could say more. API Reference of DynamoDB Streams, StreamRecord.
        json.WriteNumber("ApproximateCreationDateTime"u8, entry.Change.TimeMicros / MicrosPerSecond);
        WriteKeys(json, entry);
        WriteImage(json, "NewImage"u8, entry.NewImage);
        WriteImage(json, "OldImage"u8, entry.OldImage);
        json.WriteString("SequenceNumber"u8, entry.Change.Position.ToString());
        json.WriteNumber("SizeBytes"u8, entry.SizeBytes);
        json.WriteString("StreamViewType"u8, NameOf(entry.Stream.View));
        json.WriteEndObject();
    }

    private static void WriteKeys(Utf8JsonWriter json, in StreamEntry entry)
    {
        var image = entry.KeyImage.Span;
        json.WriteStartObject("Keys"u8);
        for (var i = 0; i < entry.Stream.Key.Count; i++)
        {
            var attribute = entry.Stream.Key[i];
            json.WritePropertyName(attribute.NameUtf8);
            AttributeValueWriter.WriteValue(json, StreamEntry.KeyValue(image, attribute));
        }

        json.WriteEndObject();
    }

    private static void WriteImage(Utf8JsonWriter json, ReadOnlySpan<byte> member, ReadOnlyMemory<byte> image)
    {
        if (!image.IsEmpty)
        {
            json.WritePropertyName(member);
            AttributeValueWriter.WriteItem(json, image.Span);
        }
    }

    private static void WriteIdentity(Utf8JsonWriter json, ReadOnlySpan<byte> principal, ReadOnlySpan<byte> type)
    {
        json.WriteStartObject("userIdentity"u8);
        json.WriteString(principal, "dynamodb.amazonaws.com"u8);
        json.WriteString(type, "Service"u8);
        json.WriteEndObject();
    }
}
