using System.Globalization;
using System.Text.Json;

namespace Storage.Server.Logs;

/// <summary>A condition on a message that is JSON: a comparison of one member, or several conditions together.</summary>
internal abstract record JsonCondition
{
    /// <summary>Whether it holds; a member that is not there makes every comparison false.</summary>
    internal abstract bool Matches(JsonElement message);

    /// <summary>Both must hold, or one of them.</summary>
    internal sealed record Pair(JsonCondition Left, JsonCondition Right, bool IsAnd) : JsonCondition
    {
        internal override bool Matches(JsonElement message) =>
            IsAnd ? Left.Matches(message) && Right.Matches(message) : Left.Matches(message) || Right.Matches(message);
    }

    /// <summary>A member against a value: a string, in which <c>*</c> stands for any characters, or a number.</summary>
    internal sealed record Comparison(JsonSelector Selector, string Operator, string Value, bool IsQuoted) : JsonCondition
    {
        internal override bool Matches(JsonElement message)
        {
            if (Selector.Find(message) is not { } found)
            {
                return false;
            }

            if (!IsQuoted && found.ValueKind == JsonValueKind.Number
                && double.TryParse(Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                var order = found.GetDouble().CompareTo(number);
                return Operator switch
                {
                    "=" => order == 0,
                    "!=" => order != 0,
                    "<" => order < 0,
                    "<=" => order <= 0,
                    ">" => order > 0,
                    _ => order >= 0,
                };
            }

            return Operator switch
            {
                "=" => IsEqual(found),
                "!=" => !IsEqual(found),
                _ => false,
            };
        }

        private bool IsEqual(JsonElement found) => found.ValueKind switch
        {
            JsonValueKind.String => Fits(found.GetString()!, Value),
            JsonValueKind.Number => Fits(found.GetRawText(), Value),
            _ => false,
        };

        /// <summary>Greedy on the pieces between stars: the first and the last are bound to the ends.</summary>
        private static bool Fits(string text, string pattern)
        {
            var pieces = pattern.Split('*');
            if (pieces.Length == 1)
            {
                return text == pattern;
            }

            if (!text.StartsWith(pieces[0], StringComparison.Ordinal))
            {
                return false;
            }

            var at = pieces[0].Length;
            foreach (var piece in pieces[1..^1])
            {
                var found = text.IndexOf(piece, at, StringComparison.Ordinal);
                if (found < 0)
                {
                    return false;
                }

                at = found + piece.Length;
            }

            return text.Length - at >= pieces[^1].Length && text.EndsWith(pieces[^1], StringComparison.Ordinal);
        }
    }

    /// <summary><c>IS TRUE</c>, <c>IS FALSE</c>, <c>IS NULL</c>.</summary>
    internal sealed record Is(JsonSelector Selector, JsonValueKind Kind) : JsonCondition
    {
        internal override bool Matches(JsonElement message) => Selector.Find(message)?.ValueKind == Kind;
    }

    /// <summary><c>NOT EXISTS</c>.</summary>
    internal sealed record NotExists(JsonSelector Selector) : JsonCondition
    {
        internal override bool Matches(JsonElement message) => Selector.Find(message) is null;
    }
}

/// <summary>A member's place: names, and positions in lists as numbers.</summary>
internal sealed record JsonSelector(IReadOnlyList<string> Steps)
{
    internal JsonElement? Find(JsonElement message)
    {
        foreach (var step in Steps)
        {
            if (message.ValueKind == JsonValueKind.Object && message.TryGetProperty(step, out var member))
            {
                message = member;
            }
            else if (message.ValueKind == JsonValueKind.Array
                && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && index < message.GetArrayLength())
            {
                message = message[index];
            }
            else
            {
                return null;
            }
        }

        return message;
    }
}
