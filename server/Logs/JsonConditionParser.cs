using System.Text.Json;
using System.Text.RegularExpressions;
using Storage.Server.Aws;

namespace Storage.Server.Logs;

/// <summary>Parses <c>{ $.a.b = "x" &amp;&amp; ($.n &gt; 3 || $.ok IS TRUE) }</c>. &amp;&amp; binds tighter than ||.</summary>
internal sealed partial class JsonConditionParser
{
    private const int DepthMax = 32;

    private readonly List<string> tokens;
    private int at;
    private int depth;

    private JsonConditionParser(List<string> tokens) => this.tokens = tokens;

    /// <exception cref="AwsException">InvalidParameterException.</exception>
    internal static JsonCondition Parse(string text)
    {
        if (!text.EndsWith('}'))
        {
            throw Invalid();
        }

        var inner = text[1..^1];
        var found = Token().Matches(inner);
        var length = found.Sum(match => match.Length) + inner.Count(char.IsWhiteSpace) - found.Sum(match => match.Value.Count(char.IsWhiteSpace));
        if (length != inner.Length)
        {
            throw Invalid(); // Something is no token.
        }

        var parser = new JsonConditionParser([.. found.Select(match => match.Value)]);
        var condition = parser.ReadAny();
        return parser.at == parser.tokens.Count ? condition : throw Invalid();
    }

    private JsonCondition ReadAny()
    {
        var left = ReadAll();
        while (Take("||"))
        {
            left = new JsonCondition.Pair(left, ReadAll(), IsAnd: false);
        }

        return left;
    }

    private JsonCondition ReadAll()
    {
        var left = ReadOne();
        while (Take("&&"))
        {
            left = new JsonCondition.Pair(left, ReadOne(), IsAnd: true);
        }

        return left;
    }

    private JsonCondition ReadOne()
    {
        if (Take("("))
        {
            if (++depth > DepthMax)
            {
                throw Invalid();
            }

            var inner = ReadAny();
            depth--;
            return Take(")") ? inner : throw Invalid();
        }

        var selector = SelectorOf(Next());
        var word = Next();
        switch (word.ToUpperInvariant())
        {
            case "IS":
                return new JsonCondition.Is(selector, Next().ToUpperInvariant() switch
                {
                    "TRUE" => JsonValueKind.True,
                    "FALSE" => JsonValueKind.False,
                    "NULL" => JsonValueKind.Null,
                    _ => throw Invalid(),
                });
            case "NOT" when Next().Equals("EXISTS", StringComparison.OrdinalIgnoreCase):
                return new JsonCondition.NotExists(selector);
            case "=" or "!=" or "<" or "<=" or ">" or ">=":
                var value = Next();
                return value[0] == '"'
                    ? new JsonCondition.Comparison(selector, word, value[1..^1], IsQuoted: true)
                    : new JsonCondition.Comparison(selector, word, value, IsQuoted: false);
            default:
                throw Invalid();
        }
    }

    private static JsonSelector SelectorOf(string token) => token.StartsWith('$')
        ? new JsonSelector([.. Step().Matches(token[1..]).Select(match => match.Value.Trim('.', '[', ']', '\'', '"'))])
        : throw Invalid();

    private string Next() => at < tokens.Count ? tokens[at++] : throw Invalid();

    private bool Take(string token)
    {
        if (at < tokens.Count && tokens[at] == token)
        {
            at++;
            return true;
        }

        return false;
    }

    private static AwsException Invalid() => LogsFault.InvalidParameter("Invalid filter pattern");

    [GeneratedRegex("""\$(?:\.[\w@-]+|\[\d+\]|\['[^']*'\])+|"[^"]*"|&&|\|\||!=|<=|>=|[=<>()]|[^\s=<>()!&|"]+""", RegexOptions.CultureInvariant)]
    private static partial Regex Token();

    [GeneratedRegex("""\.[\w@-]+|\[\d+\]|\['[^']*'\]""", RegexOptions.CultureInvariant)]
    private static partial Regex Step();
}
