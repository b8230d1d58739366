using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.EventSources;

/// <summary>
/// Members of a request, checked against the constraints of the service's model. All violations are gathered, as AWS
/// names them together.
/// </summary>
internal sealed partial class MappingMembers(JsonObject json)
{
    private readonly List<string> violations = [];

    /// <summary>Whether a member is there with something in it: not null, nor an empty object, list or text.</summary>
    internal bool Holds(string name) => json[name] is { } value && value switch
    {
        JsonObject members => members.Any(member => member.Value is not null),
        JsonArray list => list.Count > 0,
        _ => value.GetValueKind() != JsonValueKind.String || value.GetValue<string>().Length > 0,
    };

    internal JsonObject? Object(string name) => json[name] switch
    {
        null => null,
        JsonObject members => members,
        _ => throw WrongType(name),
    };

    internal JsonArray? List(string name) => json[name] switch
    {
        null => null,
        JsonArray list => list,
        _ => throw WrongType(name),
    };

    internal string? Text(string name) => json[name] is { } value
        ? value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : throw WrongType(name)
        : null;

    internal bool? Flag(string name) => json[name]?.GetValueKind() switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw WrongType(name),
    };

    internal int? Number(string name, int min, int max)
    {
        if (json[name] is not { } value)
        {
            return null;
        }

        if (value.GetValueKind() != JsonValueKind.Number || !long.TryParse(
            value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            throw WrongType(name);
        }

        Require(number >= min, name, number, $"Member must have value greater than or equal to {min}");
        Require(number <= max, name, number, $"Member must have value less than or equal to {max}");
        return number < min || number > max ? null : (int)number;
    }

    /// <summary>A function's name, partial ARN or ARN.</summary>
    internal string? Function(string name)
    {
        var function = Text(name);
        if (function is not null)
        {
            Require(function.Length >= 1, name, function, "Member must have length greater than or equal to 1");
            Require(function.Length <= 256, name, function, "Member must have length less than or equal to 256");
            Require(FunctionName().IsMatch(function), name, function, "Member must satisfy regular expression pattern: " + FunctionPattern);
        }

        return function;
    }

    internal void Require(bool holds, string name, object value, string constraint)
    {
        if (!holds)
        {
            violations.Add(string.Create(
                CultureInfo.InvariantCulture, $"Value '{value}' at '{CamelCase(name)}' failed to satisfy constraint: {constraint}"));
        }
    }

    internal void RequirePresent(string name)
    {
        if (json[name] is null)
        {
            violations.Add($"Value null at '{CamelCase(name)}' failed to satisfy constraint: Member must not be null");
        }
    }

    /// <exception cref="AwsException">ValidationException: what was read violates a constraint.</exception>
    internal void ThrowIfViolated()
    {
        if (violations.Count > 0)
        {
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"{violations.Count} validation error{(violations.Count == 1 ? string.Empty : "s")} detected: ");
            throw new AwsException(400, "ValidationException", text + string.Join("; ", violations));
        }
    }

    internal static AwsException WrongType(string name) =>
        new(400, "SerializationException", $"The member {name} has another type.");

    private static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    // NamespacedFunctionName of the service's model.
    private const string FunctionPattern =
        @"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
        + @"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

    [GeneratedRegex("^" + FunctionPattern + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex FunctionName();
}
