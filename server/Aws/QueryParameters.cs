using Microsoft.AspNetCore.WebUtilities;

namespace Storage.Server.Aws;

/// <summary>The form of a Query request.</summary>
internal sealed class QueryParameters(IReadOnlyDictionary<string, string> values)
{
    internal string? this[string name] => values.GetValueOrDefault(name);

    /// <summary>Reads a form.</summary>
    internal static QueryParameters Parse(string form)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in new QueryStringEnumerable(form))
        {
            values[pair.DecodeName().ToString()] = pair.DecodeValue().ToString();
        }

        return new QueryParameters(values);
    }

    /// <exception cref="AwsException">ValidationError: the parameter is missing.</exception>
    internal string Required(string name) => this[name] is { Length: > 0 } value
        ? value
        : throw new AwsException(StatusCodes.Status400BadRequest, "ValidationError", $"The request must contain the parameter {name}.");

    /// <summary>The values of a list: <c>Name.member.1</c> and on.</summary>
    internal IEnumerable<string> List(string name)
    {
        for (var i = 1; values.TryGetValue($"{name}.member.{i}", out var value); i++)
        {
            yield return value;
        }
    }

    /// <summary>The values of a list of structures of two members: <c>Tags.member.1.Key</c>, <c>Tags.member.1.Value</c> and on.</summary>
    internal IEnumerable<(string? First, string? Second)> Pairs(string name, string first, string second)
    {
        for (var i = 1; ; i++)
        {
            var one = this[$"{name}.member.{i}.{first}"];
            var other = this[$"{name}.member.{i}.{second}"];
            if (one is null && other is null)
            {
                yield break;
            }

            yield return (one, other);
        }
    }
}
