using Storage.Engine;

namespace Storage.Simulation.Oracle;

/// <summary>All that the items of a store ever were, by the record that made them so.</summary>
internal sealed class ItemHistory
{
    private readonly Dictionary<string, List<(long Lsn, Item? Item)>> items = new(StringComparer.Ordinal);

    internal IEnumerable<string> Keys => items.Keys;

    internal static string KeyText(string table, Item key) => table + key;

    internal Item? Latest(string key) => items.TryGetValue(key, out var versions) ? versions[^1].Item : null;

    /// <summary>The item after a record.</summary>
    internal Item? At(string key, long lsn) => items.TryGetValue(key, out var versions)
        ? versions.FindLast(version => version.Lsn <= lsn).Item
        : null;

    internal void Set(string key, long lsn, Item? item)
    {
        if (!items.TryGetValue(key, out var versions))
        {
            versions = items[key] = [(0, null)];
        }

        versions.Add((lsn, item));
    }

    /// <summary>A table is deleted, and with it its items.</summary>
    internal void Drop(string table, long lsn)
    {
        foreach (var (key, versions) in items)
        {
            if (key.StartsWith(table + "{", StringComparison.Ordinal) && versions[^1].Item is not null)
            {
                versions.Add((lsn, null));
            }
        }
    }

    /// <summary>LSNs at which one of the items changed.</summary>
    internal IEnumerable<long> Changes(IEnumerable<string> keys) => keys
        .Where(items.ContainsKey)
        .SelectMany(key => items[key].Select(version => version.Lsn))
        .Distinct()
        .Order();
}
