using System.Collections.Immutable;
using System.Text.Json;

namespace Storage.Server.Lambda.EventSources;

/// <summary>One value of a pattern's array: a literal, or an object of one operator.</summary>
internal sealed class FilterRule
{
    private readonly Func<JsonElement, bool> matches;

    private FilterRule(Func<JsonElement, bool> matches, bool matchesAbsence = false)
    {
        this.matches = matches;
        MatchesAbsence = matchesAbsence;
    }

    /// <summary>Whether it is <c>exists: false</c>.</summary>
    internal bool MatchesAbsence { get; }

    /// <exception cref="FormatException">There is no such rule.</exception>
    internal static FilterRule Parse(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return Literal(json);
        }

        using var operators = json.EnumerateObject();
        if (!operators.MoveNext())
        {
            throw new FormatException("A rule names an operator.");
        }

        var (name, operand) = (operators.Current.Name, operators.Current.Value);
        if (operators.MoveNext())
        {
            throw new FormatException("A rule has one operator.");
        }

        return name switch
        {
            "prefix" => Affix(operand, isPrefix: true),
            "suffix" => Affix(operand, isPrefix: false),
            "equals-ignore-case" => EqualsIgnoreCase(operand),
            "anything-but" => AnythingBut(operand),
            "numeric" => Numeric(operand),
            "exists" => Exists(operand),
            _ => throw new FormatException("No operator has this name."),
        };
    }

    /// <summary>Whether a scalar of a record matches.</summary>
    internal bool Matches(JsonElement scalar) => matches(scalar);

    private static FilterRule Literal(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                var text = json.GetString()!;
                return new FilterRule(value => value.ValueKind == JsonValueKind.String && value.ValueEquals(text));
            case JsonValueKind.Number:
                var number = json.GetDouble();
                return new FilterRule(value => value.ValueKind == JsonValueKind.Number && value.GetDouble().Equals(number));
            case JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null:
                var kind = json.ValueKind;
                return new FilterRule(value => value.ValueKind == kind);
            default:
                throw new FormatException("An array in an array is no rule.");
        }
    }

    private static FilterRule Affix(JsonElement operand, bool isPrefix)
    {
        if (operand.ValueKind == JsonValueKind.Object)
        {
            using var inner = operand.EnumerateObject();
            if (!inner.MoveNext() || inner.Current.Name != "equals-ignore-case")
            {
                throw new FormatException("Beside a string, a prefix or suffix knows equals-ignore-case.");
            }

            return Affix(TextOf(inner.Current.Value), isPrefix, StringComparison.OrdinalIgnoreCase);
        }

        return Affix(TextOf(operand), isPrefix, StringComparison.Ordinal);
    }

    private static FilterRule Affix(string affix, bool isPrefix, StringComparison comparison) => isPrefix
        ? OfText(text => text.StartsWith(affix, comparison))
        : OfText(text => text.EndsWith(affix, comparison));

    private static FilterRule EqualsIgnoreCase(JsonElement operand)
    {
        var expected = TextOf(operand);
        return OfText(text => text.Equals(expected, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Any value there is but these; what is not there is no value.</summary>
    private static FilterRule AnythingBut(JsonElement operand)
    {
        if (operand.ValueKind == JsonValueKind.Object)
        {
            using var inner = operand.EnumerateObject();
            if (!inner.MoveNext() || inner.Current.Name is not ("prefix" or "suffix" or "equals-ignore-case"))
            {
                throw new FormatException("anything-but knows values, prefix, suffix and equals-ignore-case.");
            }

            var name = inner.Current.Name;
            ImmutableArray<FilterRule> patterns = [.. ValuesOf(inner.Current.Value).Select(value => name switch
            {
                "prefix" => Affix(TextOf(value), true, StringComparison.Ordinal),
                "suffix" => Affix(TextOf(value), false, StringComparison.Ordinal),
                _ => EqualsIgnoreCase(value),
            })];
            return inner.MoveNext() ? throw new FormatException("A rule has one operator.") : NoneOf(patterns);
        }

        return NoneOf([.. ValuesOf(operand).Select(value =>
            value.ValueKind is JsonValueKind.String or JsonValueKind.Number
                ? Literal(value)
                : throw new FormatException("anything-but lists strings or numbers."))]);
    }

    private static FilterRule NoneOf(ImmutableArray<FilterRule> rules) => new(value =>
    {
        foreach (var rule in rules)
        {
            if (rule.Matches(value))
            {
                return false;
            }
        }

        return true;
    });

    /// <summary>Matches numbers of JSON only: an attribute's N is a string there.</summary>
    private static FilterRule Numeric(JsonElement operand)
    {
        if (operand.ValueKind != JsonValueKind.Array || operand.GetArrayLength() is not (2 or 4))
        {
            throw new FormatException("numeric holds one or two pairs of operator and number.");
        }

        var (firstSign, first) = ComparisonAt(operand, 0);
        var one = Comparison(firstSign, first);
        if (operand.GetArrayLength() == 2)
        {
            return OfNumber(one);
        }

        var (secondSign, second) = ComparisonAt(operand, 2);
        if (firstSign is not (">" or ">=") || secondSign is not ("<" or "<=") || first >= second)
        {
            throw new FormatException("A range of numbers goes from below to above.");
        }

        var two = Comparison(secondSign, second);
        return OfNumber(number => one(number) && two(number));
    }

    private static (string Sign, double Number) ComparisonAt(JsonElement pairs, int index)
    {
        var number = pairs[index + 1];
        return number.ValueKind == JsonValueKind.Number
            ? (TextOf(pairs[index]), number.GetDouble())
            : throw new FormatException("numeric compares with numbers.");
    }

    private static Func<double, bool> Comparison(string sign, double number) => sign switch
    {
        "=" => value => value.Equals(number),
        "<" => value => value < number,
        "<=" => value => value <= number,
        ">" => value => value > number,
        ">=" => value => value >= number,
        _ => throw new FormatException("numeric knows =, <, <=, > and >=."),
    };

    private static FilterRule Exists(JsonElement operand) => operand.ValueKind switch
    {
        JsonValueKind.True => new FilterRule(static _ => true),
        JsonValueKind.False => new FilterRule(static _ => false, matchesAbsence: true),
        _ => throw new FormatException("exists is true or false."),
    };

    private static FilterRule OfText(Func<string, bool> matches) =>
        new(value => value.ValueKind == JsonValueKind.String && matches(value.GetString()!));

    private static FilterRule OfNumber(Func<double, bool> matches) =>
        new(value => value.ValueKind == JsonValueKind.Number && matches(value.GetDouble()));

    private static string TextOf(JsonElement json) => json.ValueKind == JsonValueKind.String
        ? json.GetString()!
        : throw new FormatException("The operator takes a string.");

    /// <summary>A value, or a list of at least one.</summary>
    private static List<JsonElement> ValuesOf(JsonElement json) => json.ValueKind != JsonValueKind.Array
        ? [json]
        : json.GetArrayLength() > 0 ? [.. json.EnumerateArray()] : throw new FormatException("An empty list names nothing.");
}
