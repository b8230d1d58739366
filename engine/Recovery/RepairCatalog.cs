using System.Buffers.Binary;
using System.Collections.Immutable;
using Storage.Engine.Encoding;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>The tables that catalog items tell of, in the order they come; remembers dropped ones, to name them.</summary>
internal sealed class RepairCatalog
{
    private readonly Dictionary<string, StoredTable> live = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, StoredTable> byId = [];
    private readonly Dictionary<uint, StoredTable> byPartition = [];
    private readonly uint catalogPartition;
    private readonly HashSet<uint> liveIds = [];
    private readonly HashSet<uint> systemPartitions = [];

    /// <summary>Begins with the catalog items that the runs hold.</summary>
    internal RepairCatalog(VerifyRuns? runs)
    {
        var system = new SystemTables(MemoryBudget.Unlimited());
        catalogPartition = system.Catalog.Partitions[0].Id;
        foreach (var map in (PartitionMap[])[system.Catalog, system.Tokens])
        {
            foreach (var partition in map.Partitions)
            {
                systemPartitions.Add(partition.Id);
            }
        }

        foreach (var (key, item) in runs?.Catalog ?? ImmutableSortedDictionary<byte[], byte[]>.Empty)
        {
            Follow(key, item);
        }
    }

    /// <summary>Tables that exist, by name.</summary>
    internal IEnumerable<StoredTable> Live => live.Values.OrderBy(table => table.Definition.Name, StringComparer.Ordinal);

    /// <summary>Follows a catalog item; an empty value drops the table.</summary>
    /// <exception cref="InvalidDataException">The item cannot be read.</exception>
    internal void Follow(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var name = Convert.ToHexString(key);
        if (value.IsEmpty)
        {
            if (live.Remove(name, out var dropped))
            {
                liveIds.Remove(dropped.Id);
            }

            return;
        }

        var view = new ValueView(value);
        if (!view.TryGetMember("version"u8, out _))
        {
            return; // the next free ids, or a former stream
        }

        var table = CatalogItem.Read(view);
        live[name] = table;
        liveIds.Add(table.Id);
        byId[table.Id] = table;
        for (var i = 0; i < table.PartitionCount; i++)
        {
            byPartition[table.FirstPartitionId + (uint)i] = table;
        }

        foreach (var index in table.Expiry is { } expiry ? table.Indexes.Add(expiry) : table.Indexes)
        {
            byId[index.Id] = table;
        }
    }

    /// <summary>The table that a key is of, or whose index it is of; null when nothing tells.</summary>
    internal StoredTable? Find(ReadOnlySpan<byte> key, out StoredIndex? index)
    {
        index = null;
        var id = BinaryPrimitives.ReadUInt32BigEndian(key);
        if (!byId.TryGetValue(id, out var table))
        {
            return null;
        }

        index = table.Id == id ? null
            : table.Expiry?.Id == id ? table.Expiry
            : table.Indexes.FirstOrDefault(candidate => candidate.Id == id);
        return table;
    }

    /// <summary>True for a partition that records may name now.</summary>
    internal bool HasPartition(uint id) =>
        systemPartitions.Contains(id)
        || (byPartition.TryGetValue(id, out var table) && liveIds.Contains(table.Id));

    internal static string Changes(long first, long last) => first == last ? $"change {first}" : $"changes {first} to {last}";

    internal string NameOfPartition(uint id) =>
        byPartition.TryGetValue(id, out var table) ? $"partition {id} of table {table.Definition.Name}"
        : id == catalogPartition ? "the catalog"
        : systemPartitions.Contains(id) ? $"partition {id} of the request tokens"
        : $"partition {id} of a table that nothing tells of";

    /// <summary>What a damaged part of a run may concern: the keys between the readable ones around it.</summary>
    internal string Describe(VerifyRunDamage damage)
    {
        var what = damage.Kind == RunKind.State ? "key" : "past change";
        var low = damage.Low is null ? null : Describe(damage.Low, damage.Kind);
        var high = damage.High is null ? null : Describe(damage.High, damage.Kind);
        return low is null && high is null ? $"any {what}"
            : low is null ? $"{what}s before {high}"
            : high is null ? $"{what}s behind {low}"
            : $"{what}s behind {low} and before {high}";
    }

    private string Describe(byte[] key, RunKind kind)
    {
        if (kind == RunKind.State)
        {
            return Describe(key);
        }

        return key.Length == HistoryEntry.KeyBytes
            ? $"record {BinaryPrimitives.ReadInt64BigEndian(key.AsSpan(sizeof(uint)))} of {NameOf(Find(key, out _))}"
            : "key " + Convert.ToHexString(key);

        static string NameOf(StoredTable? table) => table is null ? "a table that nothing tells of" : $"table {table.Definition.Name}";
    }

    /// <summary>A key as a person reads it, its table named.</summary>
    internal string Describe(ReadOnlySpan<byte> key)
    {
        if (key.Length < KeyBuffer.PartsOffset)
        {
            return "key " + Convert.ToHexString(key);
        }

        switch (BinaryPrimitives.ReadUInt32BigEndian(key))
        {
            case SystemTables.CatalogId:
                var name = key[KeyBuffer.PartsOffset..];
                name = name.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(name));
                return FormerStreamItem.IsName(name)
                    ? $"the former stream {System.Text.Encoding.UTF8.GetString(name)}"
                    : $"the definition of table {System.Text.Encoding.UTF8.GetString(name)}";
            case SystemTables.TokensId:
                return "a request token";
            case SystemTables.PartitionStatesId:
                return "a partition's state";
        }

        var table = Find(key, out var index);
        return table is null ? $"an item of a table that nothing tells of, {VerifyKeyText.OfBound(key, null, null)}"
            : index is null ? $"{VerifyKeyText.OfBound(key, table, null)} of table {table.Definition.Name}"
            : $"an index entry of table {table.Definition.Name}, {VerifyKeyText.OfBound(key, table, index)}";
    }
}
