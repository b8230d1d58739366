using System.Buffers.Binary;
using System.IO.Hashing;
using Storage.Engine.Encoding;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>
/// The plain fold of a store: of each key its newest change in the log, and below that its newest entry in the runs,
/// added up by partition. It shares no code with the layers of live partitions, so that the two can be compared. Of
/// the log it keeps a hash for each changed key, of the runs nothing.
/// </summary>
internal sealed class VerifyFold(VerifyLogFiles? log, VerifyFindings findings) : IVerifyLogSink
{
    private readonly Dictionary<UInt128, Changed> changes = [];
    private readonly Dictionary<uint, PartitionMap> maps = [];
    private readonly Dictionary<uint, long> sequences = [];
    private readonly Dictionary<string, byte[]> catalog = new(StringComparer.Ordinal);
    private readonly SortedDictionary<uint, VerifyPartition> partitions = [];

    /// <summary>Newest change of a key in the log.</summary>
    private readonly record struct Changed(uint Id, ulong PartitionHash, UInt128 EntryHash, int SizeBytes, bool IsRemoval);

    /// <summary>Live tables and what the store assigned to them.</summary>
    internal List<StoredTable> Tables { get; } = [];

    /// <summary>Sums by partition id, of live tables and indexes only. After <see cref="Finish"/>.</summary>
    internal SortedDictionary<uint, VerifyPartition> Partitions => partitions;

    /// <summary>Records taken that hold changes.</summary>
    internal long RecordCount { get; private set; }

    /// <summary>First of all: what the log builds on.</summary>
    internal void Begin(VerifyRuns runs)
    {
        foreach (var (key, item) in runs.Catalog)
        {
            catalog[Convert.ToHexString(key)] = item;
        }

        foreach (var (partition, sequence) in runs.Sequences)
        {
            sequences[partition] = sequence;
        }
    }

    /// <inheritdoc />
    public void Take(in LogRecord record, VerifyLogPlace place)
    {
        if (!place.IsOpened || record.Kind == RecordKind.CleanShutdown)
        {
            return;
        }

        try
        {
            if (record.Kind != RecordKind.Changes)
            {
                throw new InvalidDataException($"it is of kind {record.Kind}, which this build cannot apply");
            }

            Take(record);
            RecordCount++;
        }
        catch (Exception damage) when (damage is InvalidDataException or ArgumentException or IndexOutOfRangeException)
        {
            findings.Damage(
                log!.FileAt(place.Address),
                log.FileOffset(place.Address),
                $"Record {record.Lsn} is whole, but cannot be what was meant: {damage.Message}");
        }
    }

    /// <summary>After the log: makes the live tables known.</summary>
    /// <exception cref="InvalidDataException">A catalog item cannot be read.</exception>
    internal void FindTables()
    {
        var budget = MemoryBudget.Unlimited();
        var system = new SystemTables(budget);
        AddMap(system.Catalog);
        AddMap(system.Tokens);
        foreach (var item in catalog.Values)
        {
            var view = new ValueView(item);
            if (!view.TryGetMember("version"u8, out _))
            {
                continue; // the next free ids, or a former stream
            }

            var table = CatalogItem.Read(view);
            Tables.Add(table);
            AddMap(PartitionMap.Even(table.Id, table.FirstPartitionId, table.PartitionCount, 0, budget));
            foreach (var index in table.Expiry is { } expiry ? table.Indexes.Add(expiry) : table.Indexes)
            {
                AddMap(PartitionMap.Even(index.Id, index.FirstPartitionId, index.PartitionCount, 0, budget));
            }
        }
    }

    /// <summary>Then every entry of the runs, of each key the newest, removals included.</summary>
    internal void TakeRunEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty
            && maps.TryGetValue(BinaryPrimitives.ReadUInt32BigEndian(key), out var map)
            && !changes.ContainsKey(XxHash128.HashToUInt128(key)))
        {
            Add(map.Route(key).Id, VerifyPartition.HashOf(key[KeyBuffer.HashOffset..], value), SizeOf(key, value));
        }
    }

    /// <summary>Last: what the log adds.</summary>
    internal void Finish()
    {
        Span<byte> key = stackalloc byte[KeyBuffer.PartsOffset];
        foreach (var change in changes.Values)
        {
            if (!change.IsRemoval && maps.TryGetValue(change.Id, out var map))
            {
                BinaryPrimitives.WriteUInt32BigEndian(key, change.Id);
                BinaryPrimitives.WriteUInt64BigEndian(key[KeyBuffer.HashOffset..], change.PartitionHash);
                Add(map.Route(key).Id, change.EntryHash, change.SizeBytes);
            }
        }

        foreach (var (id, sequence) in sequences)
        {
            if (partitions.TryGetValue(id, out var partition))
            {
                partition.Sequence = sequence;
                partitions[id] = partition;
            }
        }
    }

    /// <summary>System items have no size: nobody asks for it.</summary>
    internal static int SizeOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        BinaryPrimitives.ReadUInt32BigEndian(key) < SystemTables.FirstUserId ? 0 : ValueSize.OfItem(value);

    private void AddMap(PartitionMap map)
    {
        maps[map.Id] = map;
        foreach (var partition in map.Partitions)
        {
            partitions[partition.Id] = default;
        }
    }

    private void Add(uint partitionId, UInt128 hash, int sizeBytes)
    {
        var partition = partitions[partitionId];
        partition.Add(hash, sizeBytes);
        partitions[partitionId] = partition;
    }

    private void Take(in LogRecord record)
    {
        for (var rest = record.Participants; !rest.IsEmpty; rest = rest[Participant.SizeBytes..])
        {
            var participant = Participant.Read(rest);
            var before = sequences.GetValueOrDefault(participant.PartitionId);
            if (participant.Sequence != before + 1)
            {
                throw new InvalidDataException(
                    $"it is number {participant.Sequence} of partition {participant.PartitionId}, which is at {before}");
            }

            sequences[participant.PartitionId] = participant.Sequence;
        }

        var offset = 0;
        while (offset < record.Body.Length)
        {
            var change = Change.Read(record.Body, ref offset);
            if ((change.Flags & ChangeFlags.Put) != 0)
            {
                Note(change.Key, change.NewImage);
            }
            else if ((change.Flags & ChangeFlags.IndexOnly) == 0)
            {
                Note(change.Key, default);
            }

            while (change.TryReadDelta(out var delta))
            {
                Note(delta.Key, delta.Image);
            }
        }
    }

    private void Note(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var id = BinaryPrimitives.ReadUInt32BigEndian(key);
        changes[XxHash128.HashToUInt128(key)] = new Changed(
            id,
            BinaryPrimitives.ReadUInt64BigEndian(key[KeyBuffer.HashOffset..]),
            value.IsEmpty ? default : VerifyPartition.HashOf(key[KeyBuffer.HashOffset..], value),
            value.IsEmpty ? 0 : SizeOf(key, value),
            value.IsEmpty);
        if (id == SystemTables.CatalogId)
        {
            var name = Convert.ToHexString(key);
            if (value.IsEmpty)
            {
                catalog.Remove(name);
            }
            else
            {
                catalog[name] = value.ToArray();
            }
        }
    }
}
