using System.Text.Json;
using System.Text.Json.Nodes;

namespace Storage.Server.Aws;

/// <summary>Members of a JSON request by type. Absent and null are the same; another type is refused.</summary>
internal static class JsonMembers
{
    /// <exception cref="AwsException">SerializationException.</exception>
    internal static string? Text(this JsonObject request, string name) =>
        Value(request, name, JsonValueKind.String, "String")?.GetValue<string>();

    /// <exception cref="AwsException">SerializationException.</exception>
    internal static long? Long(this JsonObject request, string name) => Value(request, name, JsonValueKind.Number, "Long") switch
    {
        null => null,
        var value when value.TryGetValue<long>(out var number) => number,
        _ => throw Wrong("The number", "Long"),
    };

    /// <exception cref="AwsException">SerializationException.</exception>
    internal static bool? Boolean(this JsonObject request, string name) => request[name]?.GetValueKind() switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        var kind => throw Wrong(NameOf(kind.Value), "Boolean"),
    };

    /// <exception cref="AwsException">SerializationException.</exception>
    internal static JsonObject? Object(this JsonObject request, string name) => request[name] switch
    {
        null => null,
        JsonObject value => value,
        _ => throw new AwsException(
            StatusCodes.Status400BadRequest, "SerializationException", "Expected a structure or map, but found something else."),
    };

    /// <summary>A list of objects.</summary>
    /// <exception cref="AwsException">SerializationException.</exception>
    internal static IReadOnlyList<JsonObject>? Objects(this JsonObject request, string name) =>
        List(request, name)?.Select(one => one as JsonObject ?? throw Wrong("An element", "structure")).ToList();

    /// <summary>A list of strings.</summary>
    /// <exception cref="AwsException">SerializationException.</exception>
    internal static IReadOnlyList<string>? Texts(this JsonObject request, string name) =>
        List(request, name)?.Select(one => one is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? value.GetValue<string>()
            : throw Wrong("An element", "String")).ToList();

    private static JsonArray? List(JsonObject request, string name) => request[name] switch
    {
        null => null,
        JsonArray list => list,
        var other => throw Wrong(NameOf(other.GetValueKind()), "List"),
    };

    private static JsonValue? Value(JsonObject request, string name, JsonValueKind expected, string type)
    {
        var node = request[name];
        if (node is null)
        {
            return null;
        }

        var kind = node.GetValueKind();
        return kind == expected ? (JsonValue)node : throw Wrong(NameOf(kind), type);
    }

    private static string NameOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.String => "STRING_VALUE",
        JsonValueKind.Number => "NUMBER_VALUE",
        JsonValueKind.True => "TRUE_VALUE",
        JsonValueKind.False => "FALSE_VALUE",
        JsonValueKind.Array => "START_ARRAY",
        _ => "START_OBJECT",
    };

    private static AwsException Wrong(string what, string type) =>
        new(StatusCodes.Status400BadRequest, "SerializationException", $"{what} can not be converted to {type}");
}
