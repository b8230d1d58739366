using System.Collections.Immutable;
using System.Text.Json;

namespace Storage.Server.Lambda.EventSources;

/// <summary>
/// An object of an EventBridge pattern. All its fields must match: one that holds an array, if the record's value there
/// is any of what the array lists; one that holds an object, if that object matches what is below. Of <c>$or</c> one
/// alternative must match.
/// </summary>
internal sealed class FilterPattern
{
    /// <summary>Documents nest 32 deep, each level is two of JSON, and the record adds its own.</summary>
    internal const int RecordDepthMax = 128;

    private const string Or = "$or";

    private readonly ImmutableArray<(string Name, ImmutableArray<FilterRule> Rules)> leaves;
    private readonly ImmutableArray<(string Name, FilterPattern Pattern)> objects;
    private readonly ImmutableArray<FilterPattern> alternatives;

    private FilterPattern(
        ImmutableArray<(string Name, ImmutableArray<FilterRule> Rules)> leaves,
        ImmutableArray<(string Name, FilterPattern Pattern)> objects,
        ImmutableArray<FilterPattern> alternatives)
    {
        this.leaves = leaves;
        this.objects = objects;
        this.alternatives = alternatives;
    }

    /// <exception cref="FormatException">It is no pattern.</exception>
    internal static FilterPattern Parse(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("A pattern is an object.");
        }

        var leaves = ImmutableArray.CreateBuilder<(string, ImmutableArray<FilterRule>)>();
        var objects = ImmutableArray.CreateBuilder<(string, FilterPattern)>();
        ImmutableArray<FilterPattern> alternatives = [];
        foreach (var field in json.EnumerateObject())
        {
            switch (field.Value.ValueKind)
            {
                case JsonValueKind.Array when field.Name == Or:
                    alternatives = [.. field.Value.EnumerateArray().Select(Parse)];
                    if (alternatives.Length < 2)
                    {
                        throw new FormatException("Of $or there are at least two alternatives.");
                    }

                    break;
                case JsonValueKind.Array when field.Value.GetArrayLength() > 0:
                    leaves.Add((field.Name, [.. field.Value.EnumerateArray().Select(FilterRule.Parse)]));
                    break;
                case JsonValueKind.Object:
                    objects.Add((field.Name, Parse(field.Value)));
                    break;
                default:
                    throw new FormatException("A field holds an array of values or an object.");
            }
        }

        return leaves.Count + objects.Count + alternatives.Length == 0
            ? throw new FormatException("A pattern has fields.")
            : new FilterPattern(leaves.ToImmutable(), objects.ToImmutable(), alternatives);
    }

    /// <summary>
    /// Whether a value matches; null is what is not there, of which only <c>exists: false</c> can match. In an array one
    /// element must match as a whole.
    /// </summary>
    internal bool Matches(JsonElement? value)
    {
        if (value is { ValueKind: JsonValueKind.Array } array)
        {
            var isEmpty = true;
            foreach (var element in array.EnumerateArray())
            {
                if (element.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                {
                    isEmpty = false;
                    if (Matches(element))
                    {
                        return true;
                    }
                }
            }

            return isEmpty && MatchesFields(null);
        }

        return MatchesFields(value is { ValueKind: JsonValueKind.Object } ? value : null);
    }

    private bool MatchesFields(JsonElement? parent)
    {
        foreach (var (name, rules) in leaves)
        {
            if (!MatchesAny(rules, FieldOf(parent, name)))
            {
                return false;
            }
        }

        foreach (var (name, pattern) in objects)
        {
            if (!pattern.Matches(FieldOf(parent, name)))
            {
                return false;
            }
        }

        if (alternatives.IsEmpty)
        {
            return true;
        }

        foreach (var alternative in alternatives)
        {
            if (alternative.MatchesFields(parent))
            {
                return true;
            }
        }

        return false;
    }

    private static JsonElement? FieldOf(JsonElement? parent, string name) =>
        parent is { } element && element.TryGetProperty(name, out var value) ? value : null;

    private static bool MatchesAny(ImmutableArray<FilterRule> rules, JsonElement? value)
    {
        // Only leaves exist: an object, and an array without a scalar, are what EventBridge calls intermediate nodes.
        var exists = false;
        if (value is { ValueKind: JsonValueKind.Array } array)
        {
            foreach (var element in array.EnumerateArray())
            {
                if (element.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                {
                    continue;
                }

                exists = true;
                if (IsMatch(rules, element))
                {
                    return true;
                }
            }
        }
        else if (value is { } scalar && scalar.ValueKind != JsonValueKind.Object)
        {
            exists = true;
            if (IsMatch(rules, scalar))
            {
                return true;
            }
        }

        if (exists)
        {
            return false;
        }

        foreach (var rule in rules)
        {
            if (rule.MatchesAbsence)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsMatch(ImmutableArray<FilterRule> rules, JsonElement scalar)
    {
        foreach (var rule in rules)
        {
            if (rule.Matches(scalar))
            {
                return true;
            }
        }

        return false;
    }
}
