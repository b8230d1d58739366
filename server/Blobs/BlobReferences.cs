using Storage.Engine;

namespace Storage.Server.Blobs;

/// <summary>
/// The names of blobs that items of system tables hold: in string attributes named <c>blob</c>, or with a name that ends
/// in <c>Blob</c>. Every layer keeps to that, so that nobody else need know its items.
/// </summary>
internal sealed class BlobReferences
{
    private readonly Dictionary<string, string> tables = new(StringComparer.Ordinal);

    /// <summary>All names.</summary>
    internal IReadOnlySet<string> Names => tables.Keys.ToHashSet(StringComparer.Ordinal);

    /// <summary>A table that names a blob, by the blob's name.</summary>
    internal IReadOnlyDictionary<string, string> Tables => tables;

    /// <summary>Reads the items of all system tables but those that are known to name no blobs.</summary>
    internal static async Task<BlobReferences> CollectAsync(
        Store store, IReadOnlySet<string> without, CancellationToken cancellation)
    {
        var references = new BlobReferences();
        foreach (var table in await store.ListSystemTablesAsync(cancellation))
        {
            if (!without.Contains(table))
            {
                await foreach (var item in store.ScanAsync(table, null, cancellation))
                {
                    references.Take(table, item);
                }
            }
        }

        return references;
    }

    /// <summary>Takes what an item names.</summary>
    internal void Take(string table, Item item)
    {
        foreach (var (name, value) in item)
        {
            if ((name == "blob" || name.EndsWith("Blob", StringComparison.Ordinal))
                && value.Type == Engine.Model.AttributeType.S
                && value.AsString() is { Length: > 0 } blob)
            {
                tables.TryAdd(blob, table);
            }
        }
    }
}
