using System.Globalization;

namespace Storage.Bench;

/// <summary>Options of a command: <c>--name value</c> or <c>--name</c>.</summary>
internal sealed class Arguments(string[] words)
{
    internal bool Has(string name) => Array.IndexOf(words, name) >= 0;

    internal string? Text(string name)
    {
        var at = Array.IndexOf(words, name);
        return at >= 0 && at + 1 < words.Length ? words[at + 1] : null;
    }

    internal int Number(string name, int otherwise, int max) =>
        Text(name) is { } text ? Math.Clamp(int.Parse(text, CultureInfo.InvariantCulture), 0, max) : otherwise;
}
