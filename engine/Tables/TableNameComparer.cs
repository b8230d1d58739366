using Utf8 = System.Text.Encoding;

namespace Storage.Engine.Tables;

/// <summary>Compares table names, given as strings or as the UTF-8 of a request. Names are ASCII, so both hash alike.</summary>
internal sealed class TableNameComparer : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<byte>, string>
{
    internal static readonly TableNameComparer Instance = new();

    public bool Equals(string? left, string? right) => string.Equals(left, right, StringComparison.Ordinal);

    public int GetHashCode(string name)
    {
        var hash = 2166136261;
        foreach (var character in name)
        {
            hash = (hash ^ character) * 16777619;
        }

        return (int)hash;
    }

    public int GetHashCode(ReadOnlySpan<byte> nameUtf8)
    {
        var hash = 2166136261;
        foreach (var value in nameUtf8)
        {
            hash = (hash ^ value) * 16777619;
        }

        return (int)hash;
    }

    public bool Equals(ReadOnlySpan<byte> nameUtf8, string name) => System.Text.Ascii.Equals(nameUtf8, name);

    public string Create(ReadOnlySpan<byte> nameUtf8) => Utf8.UTF8.GetString(nameUtf8);
}
