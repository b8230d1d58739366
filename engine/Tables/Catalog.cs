using System.Buffers.Binary;
using System.Collections.Concurrent;
using Storage.Engine.Encoding;
using Storage.Engine.Partitions;
using Utf8 = System.Text.Encoding;

namespace Storage.Engine.Tables;

/// <summary>
/// The tables of a store by name. Definitions are items of a system table and change by records like any item; this
/// is what following those records gives. <see cref="CatalogCommands"/> makes them.
/// </summary>
internal sealed class Catalog(PartitionDirectory directory, MemoryBudget budget)
{
    /// <summary>The item that holds the next free ids; no table can have that name.</summary>
    internal const string IdsNameText = "$ids";

    internal static ReadOnlySpan<byte> IdsName => "$ids"u8;

    private readonly ConcurrentDictionary<string, Table> tables = new(TableNameComparer.Instance);
    private readonly Queue<(long Lsn, PartitionMap Map)> dropped = new(); // and its own lock
    private long lsn;
    private TaskCompletionSource? changed; // who waits for the next change; null while nobody does

    /// <summary>LSN of the last change. Read after looking, an answer that shows a table's absence waits for it.</summary>
    internal long Lsn => Volatile.Read(ref lsn);

    /// <summary>Next free id of a table or index. Changes under the catalog partition's writer, as all ids do.</summary>
    internal uint NextId { get; private set; } = SystemTables.FirstUserId;

    internal uint NextPartitionId { get; private set; } = SystemTables.FirstUserPartitionId;

    /// <summary>Tells the sweeper of what expires earlier than it waits for.</summary>
    internal ExpirySignal Expiries { get; } = new();

    /// <summary>Tables of users: what their limit counts.</summary>
    internal int UserCount { get; private set; }

    internal IEnumerable<Table> All => tables.Values;

    /// <summary>Streams that are read to their end and then forgotten.</summary>
    internal FormerStreams FormerStreams { get; } = new();

    /// <summary>Finds a table by the UTF-8 of its name (not an ARN); null when there is none.</summary>
    internal Table? Find(ReadOnlySpan<byte> nameUtf8) =>
        tables.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(nameUtf8, out var table) ? table : null;

    internal Table? Find(string name) => tables.GetValueOrDefault(name);

    /// <summary>Names of users' tables in ordinal order, those behind <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    internal IReadOnlyList<string> Names(string? after, int limit) =>
        [.. tables.Keys
            .Where(name => !DefinitionRules.IsSystemName(name) && (after is null || string.CompareOrdinal(name, after) > 0))
            .Order(StringComparer.Ordinal)
            .Take(limit)];

    /// <summary>
    /// The label of a stream that is switched on now, milliseconds in microseconds: it is in the stream's ARN, so it is
    /// later than that of every stream there was of the table or of an earlier one of its name.
    /// </summary>
    internal long NextStreamLabel(string table, long nowMicros)
    {
        var last = Math.Max(Find(table)?.Stored.StreamLabelMicros ?? 0, FormerStreams.LastLabelMicros(table));
        return Math.Max(nowMicros, (last / 1000 * 1000) + 1000);
    }

    /// <summary>Completes with the next change of the catalog after this call.</summary>
    internal Task WaitForChangeAsync()
    {
        var waiting = Volatile.Read(ref changed);
        if (waiting is null)
        {
            var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting = Interlocked.CompareExchange(ref changed, created, null) ?? created;
        }

        return waiting.Task;
    }

    /// <summary>
    /// Lets go of what the partitions of tables and indexes hold whose drop is durable. Until then a reader that came
    /// before may go on, and whoever is refused afterwards is refused for what will not be undone.
    /// </summary>
    internal void CloseDropped(long durableLsn)
    {
        while (TryTakeDropped(durableLsn) is { } map)
        {
            foreach (var partition in map.Partitions)
            {
                partition.Close(PartitionClosing.Dropped);
            }
        }
    }

    /// <summary>
    /// Follows a change of a catalog item, live, in replay and, in any order of the keys, out of a checkpoint. An empty
    /// image is a removal.
    /// </summary>
    internal void Follow(ReadOnlySpan<byte> key, ReadOnlySpan<byte> newImage, long recordLsn)
    {
        // IMPORTANT: first. Whoever sees the change, an absence too, must not find the LSN of the one before.
        Volatile.Write(ref lsn, recordLsn);
        FollowItem(key, newImage, recordLsn);
        Interlocked.Exchange(ref changed, null)?.TrySetResult(); // last: who waits looks for what changed
    }

    /// <summary>Whether a catalog item's key is that of a table's definition.</summary>
    internal static bool IsTable(ReadOnlySpan<byte> key)
    {
        var name = NameOf(key);
        return !name.SequenceEqual(IdsName) && !FormerStreamItem.IsName(name);
    }

    private void FollowItem(ReadOnlySpan<byte> key, ReadOnlySpan<byte> newImage, long recordLsn)
    {
        var name = NameOf(key);
        if (FormerStreamItem.IsName(name))
        {
            if (newImage.IsEmpty)
            {
                FormerStreams.Remove(name);
            }
            else
            {
                FormerStreams.Add(FormerStreamItem.Read(new ValueView(newImage)));
            }
        }
        else if (name.SequenceEqual(IdsName))
        {
            var ids = new ValueView(newImage);
            NextId = (uint)CatalogItem.ReadNumber(ids, "id"u8);
            NextPartitionId = (uint)CatalogItem.ReadNumber(ids, "partition"u8);
        }
        else if (newImage.IsEmpty)
        {
            Drop(Utf8.UTF8.GetString(name), recordLsn);
        }
        else
        {
            Replace(CatalogItem.Read(new ValueView(newImage)), recordLsn);
        }
    }

    /// <summary>The name that a catalog item's key says.</summary>
    internal static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> key)
    {
        var part = key[KeyBuffer.PartsOffset..];
        return part.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(part));
    }

    private void Drop(string name, long recordLsn)
    {
        if (!tables.TryRemove(name, out var table))
        {
            throw new InvalidDataException($"The catalog drops table {name}, which does not exist.");
        }

        UserCount -= DefinitionRules.IsSystemName(name) ? 0 : 1;
        table.Handle.Current = null;
        RemoveMap(table.Partitions, recordLsn);
        foreach (var index in table.Maintained)
        {
            RemoveMap(index.Partitions, recordLsn);
        }
    }

    private void Replace(StoredTable stored, long recordLsn)
    {
        var before = tables.GetValueOrDefault(stored.Definition.Name);
        UserCount += before is not null || DefinitionRules.IsSystemName(stored.Definition.Name) ? 0 : 1;
        var partitions = before?.Partitions
            ?? AddMap(PartitionMap.Even(stored.Id, stored.FirstPartitionId, stored.PartitionCount, recordLsn, budget));
        var indexes = new SecondaryIndex[stored.Indexes.Length];
        for (var i = 0; i < indexes.Length; i++)
        {
            var index = stored.Indexes[i];
            var kept = before?.Indexes.FirstOrDefault(candidate => candidate.Stored.Id == index.Id)?.Partitions;
            kept ??= AddMap(PartitionMap.Even(index.Id, index.FirstPartitionId, index.PartitionCount, recordLsn, budget));
            indexes[i] = new SecondaryIndex(stored.Definition.Indexes[i], index, stored.Definition.Key, kept);
        }

        var expiry = ReplaceExpiry(stored, before?.Expiry, recordLsn);
        var handle = before?.Handle ?? new TableHandle();
        var table = new Table(stored, partitions, indexes, expiry, recordLsn, handle);
        foreach (var index in before?.Maintained ?? [])
        {
            if (!Array.Exists(table.Maintained, candidate => candidate.Stored.Id == index.Stored.Id))
            {
                RemoveMap(index.Partitions, recordLsn);
            }
        }

        handle.Current = table;
        tables[table.Name] = table;
        if (expiry is not null)
        {
            Expiries.Offer(expiry.Bound.Seconds);
        }
    }

    private ExpiryIndex? ReplaceExpiry(StoredTable stored, ExpiryIndex? before, long recordLsn)
    {
        if (stored.Expiry is not { } index)
        {
            return null;
        }

        if (before?.Stored.Id != index.Id)
        {
            before = null;
        }

        var partitions = before?.Partitions
            ?? AddMap(PartitionMap.Even(index.Id, index.FirstPartitionId, index.PartitionCount, recordLsn, budget));

        // The bound of a filled index is not known: a backfill does not tell the sweeper of each entry.
        var bound = before is not null && before.IsActive == (index.Status == Model.IndexStatus.Active)
            ? before.Bound
            : new ExpiryBound(Expiries);
        return new ExpiryIndex(stored.Definition.TimeToLive!, index, partitions, bound);
    }

    private PartitionMap AddMap(PartitionMap map)
    {
        directory.Add(map);
        return map;
    }

    /// <summary>Closing takes writers, whose holders may be about to add to the queue: not under its lock.</summary>
    private PartitionMap? TryTakeDropped(long durableLsn)
    {
        lock (dropped)
        {
            return dropped.TryPeek(out var first) && first.Lsn <= durableLsn ? dropped.Dequeue().Map : null;
        }
    }

    private void RemoveMap(PartitionMap map, long recordLsn)
    {
        directory.Remove(map);
        lock (dropped)
        {
            dropped.Enqueue((recordLsn, map));
        }
    }
}
