using System.Text.Encodings.Web;
using System.Text.Unicode;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Storage.Server.Aws;

/// <summary>Bodies of JSON, as requests and as answers.</summary>
internal static class JsonBody
{
    /// <summary>Only what JSON requires is escaped, as AWS does.</summary>
    internal static readonly JsonSerializerOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const int DepthMax = 64;

    // A name that comes twice would make JsonObject throw later, at whoever looks first.
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = DepthMax, AllowDuplicateProperties = false };

    /// <summary>A body as an object, all of whose names and texts are Unicode; an empty body is an empty object.</summary>
    /// <exception cref="AwsException">SerializationException.</exception>
    internal static JsonObject Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            return [];
        }

        try
        {
            CheckTexts(body.Span);
            return JsonNode.Parse(body.Span, documentOptions: Reading) as JsonObject ?? throw Malformed();
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw Malformed();
        }
    }

    /// <summary>Nodes keep texts as they came and would fail at whoever reads one that is none, such as half a surrogate pair.</summary>
    /// <exception cref="InvalidOperationException">A text is no Unicode.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    private static void CheckTexts(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            throw new InvalidOperationException("A text is not in UTF-8.");
        }

        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = DepthMax });
        while (reader.Read())
        {
            if (reader.ValueIsEscaped && reader.ValueSpan.IndexOf("\\u"u8) >= 0)
            {
                _ = reader.GetString();
            }
        }
    }

    /// <summary>Whether a media type is one that JSON requests have.</summary>
    internal static bool IsJson(string? contentType)
    {
        if (contentType is null)
        {
            return false;
        }

        var parameters = contentType.IndexOf(';');
        var mediaType = (parameters < 0 ? contentType : contentType.AsSpan(0, parameters)).Trim();
        return mediaType.Equals("application/x-amz-json-1.0", StringComparison.OrdinalIgnoreCase)
            || mediaType.Equals("application/x-amz-json-1.1", StringComparison.OrdinalIgnoreCase)
            || mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>An error of the JSON protocol: <c>__type</c>, the text, and the members of its shape.</summary>
    internal static JsonObject FaultOf(AwsFault fault)
    {
        var body = new JsonObject { ["__type"] = fault.Code, ["message"] = fault.Message };
        foreach (var (name, value) in fault.Members ?? [])
        {
            body[name] = value?.DeepClone();
        }

        return body;
    }

    private static AwsException Malformed() =>
        new(StatusCodes.Status400BadRequest, "SerializationException", "Unexpected token received from parser");
}
