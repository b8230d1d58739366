using System.Text.Json;

namespace Storage.Server.Logs;

/// <summary>
/// A filter pattern: words that must all be there, <c>"phrases"</c>, <c>?any of</c>, <c>-none of</c>, or an expression on
/// JSON. Source: CloudWatch Logs User Guide, filter pattern syntax.
/// </summary>
internal sealed class FilterPattern
{
    /// <summary>Source: API Reference, FilterLogEvents. An expression is matched by recursion, so it must end somewhere.</summary>
    private const int LengthMax = 1024;

    private readonly List<string> all = [];
    private readonly List<string> any = [];
    private readonly List<string> none = [];
    private readonly JsonCondition? json;

    private FilterPattern(JsonCondition? json) => this.json = json;

    /// <exception cref="Aws.AwsException">InvalidParameterException.</exception>
    internal static FilterPattern Parse(string? text)
    {
        if (text?.Length > LengthMax)
        {
            throw LogsFault.InvalidParameter(
                "1 validation error detected: Value at 'filterPattern' failed to satisfy constraint: "
                + $"Member must have length less than or equal to {LengthMax}");
        }

        var trimmed = (text ?? string.Empty).Trim();
        if (trimmed.StartsWith('{'))
        {
            return new FilterPattern(JsonConditionParser.Parse(trimmed));
        }

        if (trimmed.StartsWith('[') || trimmed.StartsWith('%'))
        {
            throw LogsFault.InvalidParameter(
                "Invalid filter pattern: patterns of space-delimited fields and regular expressions are not built yet.");
        }

        var pattern = new FilterPattern(null);
        for (var at = 0; at < trimmed.Length;)
        {
            if (char.IsWhiteSpace(trimmed[at]))
            {
                at++;
                continue;
            }

            var list = trimmed[at] switch
            {
                '?' => pattern.any,
                '-' => pattern.none,
                _ => pattern.all,
            };
            at += list == pattern.all ? 0 : 1;
            list.Add(ReadTerm(trimmed, ref at));
        }

        return pattern;
    }

    internal bool Matches(string message)
    {
        if (json is not null)
        {
            return MatchesJson(message);
        }

        return all.TrueForAll(term => Contains(message, term))
            && (any.Count == 0 || any.Exists(term => Contains(message, term)))
            && !none.Exists(term => Contains(message, term));
    }

    private bool MatchesJson(string message)
    {
        try
        {
            using var document = JsonDocument.Parse(message);
            return json!.Matches(document.RootElement);
        }
        catch (Exception noText) when (noText is JsonException or InvalidOperationException)
        {
            return false; // Not JSON, or with an escaped surrogate without its other half.
        }
    }

    private static string ReadTerm(string text, ref int at)
    {
        var start = at;
        if (at < text.Length && text[at] == '"')
        {
            var end = text.IndexOf('"', at + 1);
            if (end < 0)
            {
                throw LogsFault.InvalidParameter("Invalid filter pattern: a quotation mark is not closed.");
            }

            at = end + 1;
            return text[(start + 1)..end];
        }

        while (at < text.Length && !char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at > start ? text[start..at] : throw LogsFault.InvalidParameter("Invalid filter pattern: a term is missing.");
    }

    /// <summary>A term is found as a whole: ERROR is not in ERRORS.</summary>
    private static bool Contains(string message, string term)
    {
        if (term.Length == 0)
        {
            return true;
        }

        for (var at = message.IndexOf(term, StringComparison.Ordinal); at >= 0; at = message.IndexOf(term, at + 1, StringComparison.Ordinal))
        {
            var end = at + term.Length;
            if ((at == 0 || !IsWord(message[at - 1]) || !IsWord(term[0]))
                && (end == message.Length || !IsWord(message[end]) || !IsWord(term[^1])))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWord(char character) => char.IsLetterOrDigit(character) || character == '_';
}
