using Microsoft.AspNetCore.WebUtilities;

namespace Storage.Server.Aws;

/// <summary>Finds the operation of a method and path among a service's. Of several that fit, the one with more fixed words.</summary>
internal sealed class RouteTable
{
    private readonly Entry[] entries;

    internal RouteTable(IEnumerable<RestRoute> routes) => entries =
        [.. routes.Select(route => new Entry(route)).OrderByDescending(entry => entry.FixedWords)];

    /// <summary>The route with the values of its parameters, or null.</summary>
    /// <param name="method">E.g. POST.</param>
    /// <param name="path">The path's segments, decoded.</param>
    /// <param name="hasQuery">Whether the request's query has that name and value.</param>
    internal (RestRoute Route, IReadOnlyDictionary<string, string> Values)? Find(
        string method, IReadOnlyList<string> path, Func<string, string, bool> hasQuery)
    {
        foreach (var entry in entries)
        {
            if (entry.Match(method, path, hasQuery) is { } values)
            {
                return (entry.Route, values);
            }
        }

        return null;
    }

    /// <summary>The segments of a path, decoded one by one: an encoded slash is part of a value. A last slash says nothing.</summary>
    internal static string[] Split(string path) =>
        [.. path.Split('?')[0].Trim('/').Split('/').Select(Uri.UnescapeDataString)];

    private sealed class Entry
    {
        private readonly string[] words;
        private readonly bool takesRest;
        private readonly KeyValuePair<string, string>[] query;

        internal Entry(RestRoute route)
        {
            Route = route;
            words = Split(route.Template);
            takesRest = words[^1].EndsWith("+}", StringComparison.Ordinal);
            var mark = route.Template.IndexOf('?', StringComparison.Ordinal);
            query = mark < 0
                ? []
                : [.. QueryHelpers.ParseQuery(route.Template[mark..]).Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString()))];
            FixedWords = words.Count(word => !IsParameter(word)) + query.Length;
        }

        internal RestRoute Route { get; }

        internal int FixedWords { get; }

        internal Dictionary<string, string>? Match(
            string method, IReadOnlyList<string> path, Func<string, string, bool> hasQuery)
        {
            if (!string.Equals(method, Route.Method, StringComparison.OrdinalIgnoreCase)
                || (takesRest ? path.Count < words.Length : path.Count != words.Length))
            {
                return null;
            }

            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            for (var i = 0; i < words.Length; i++)
            {
                if (!IsParameter(words[i]))
                {
                    if (words[i] != path[i])
                    {
                        return null;
                    }

                    continue;
                }

                var rest = takesRest && i == words.Length - 1;
                var value = rest ? string.Join('/', path.Skip(i)) : path[i];
                if (value.Length == 0)
                {
                    return null;
                }

                values[words[i].Trim('{', '+', '}')] = value;
            }

            return Array.TrueForAll(query, pair => hasQuery(pair.Key, pair.Value)) ? values : null;
        }

        private static bool IsParameter(string word) => word.StartsWith('{');
    }
}
