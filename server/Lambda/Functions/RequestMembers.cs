using System.Text.Json;
using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>Members of a request's JSON by name and type. Absent and null are the same; unknown members are ignored.</summary>
internal readonly struct RequestMembers(JsonObject members)
{
    internal static RequestMembers Of(RestRequest request) => new(request.ReadJson());

    internal string? Text(string name) => members[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw Wrong(name, "a string"),
    };

    internal long? Integer(string name) => members[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && TryInteger(value, out var number) => number,
        _ => throw Wrong(name, "an integer"),
    };

    internal bool? Flag(string name) => members[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        _ => throw Wrong(name, "a boolean"),
    };

    internal RequestMembers? Structure(string name) => members[name] switch
    {
        null => null,
        JsonObject inner => new RequestMembers(inner),
        _ => throw Wrong(name, "a structure"),
    };

    /// <summary>A map of texts, in the client's order.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>>? TextMap(string name)
    {
        if (Structure(name) is not { } inner)
        {
            return null;
        }

        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var key in inner.Names)
        {
            pairs.Add(new(key, inner.Text(key) ?? throw Wrong(name, "a map of strings")));
        }

        return pairs;
    }

    internal IReadOnlyList<string>? TextList(string name) => members[name] switch
    {
        null => null,
        JsonArray list => list.Select(one =>
            one is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Wrong(name, "a list of strings"))
            .ToList(),
        _ => throw Wrong(name, "a list"),
    };

    /// <summary>Bytes sent as base64, decoded where they lie: a package of code is too large to be a string first.</summary>
    internal byte[]? Binary(string name)
    {
        if (members[name] is not { } node)
        {
            return null;
        }

        if (node is JsonValue value && value.TryGetValue<JsonElement>(out var element))
        {
            return element.ValueKind == JsonValueKind.String && element.TryGetBytesFromBase64(out var bytes)
                ? bytes
                : throw Wrong(name, "base64");
        }

        try
        {
            return Convert.FromBase64String(Text(name)!);
        }
        catch (FormatException)
        {
            throw Wrong(name, "base64");
        }
    }

    /// <summary>Whether a member says something: it is there, and no empty text, list or structure.</summary>
    internal bool Says(string name) => members[name] switch
    {
        null => false,
        JsonObject inner => inner.Any(member => new RequestMembers(inner).Says(member.Key)),
        JsonArray list => list.Count > 0,
        JsonValue value => !value.TryGetValue<string>(out var text) || text.Length > 0,
        _ => true,
    };

    internal bool Has(string name) => members[name] is not null;

    internal IEnumerable<string> Names => members.Select(member => member.Key);

    /// <summary>A map of numbers, in the client's order.</summary>
    internal IReadOnlyList<KeyValuePair<string, double>>? NumberMap(string name)
    {
        if (Structure(name) is not { } inner)
        {
            return null;
        }

        var pairs = new List<KeyValuePair<string, double>>();
        foreach (var key in inner.Names)
        {
            pairs.Add(new(key, inner.Number(key) ?? throw Wrong(name, "a map of numbers")));
        }

        return pairs;
    }

    private double? Number(string name) => members[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => double.Parse(
            value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture),
        _ => throw Wrong(name, "a number"),
    };

    private static bool TryInteger(JsonValue value, out long number) => long.TryParse(
        value.ToJsonString(),
        System.Globalization.NumberStyles.AllowLeadingSign,
        System.Globalization.CultureInfo.InvariantCulture,
        out number);

    private static AwsException Wrong(string name, string wanted) =>
        LambdaFault.Serialization($"Value of member {name} can not be converted to {wanted}");
}
