using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace Storage.Engine.Partitions;

/// <summary>All partitions of a store: by their own id, and by the id their keys begin with.</summary>
internal sealed class PartitionDirectory
{
    private readonly ConcurrentDictionary<uint, PartitionMap> maps = new();
    private readonly ConcurrentDictionary<uint, Partition> partitions = new();

    /// <summary>Tables and indexes by ascending id, as they are now: their keys ascend in that order.</summary>
    internal PartitionMap[] Maps()
    {
        var all = maps.Values.ToArray();
        Array.Sort(all, (left, right) => left.Id.CompareTo(right.Id));
        return all;
    }

    /// <summary>All partitions by ascending id, the order in which writers are taken.</summary>
    internal Partition[] Partitions()
    {
        var all = partitions.Values.ToArray();
        Array.Sort(all, (left, right) => left.Id.CompareTo(right.Id));
        return all;
    }

    internal void Add(PartitionMap map)
    {
        maps[map.Id] = map;
        foreach (var partition in map.Partitions)
        {
            partitions[partition.Id] = partition;
        }
    }

    internal void Remove(PartitionMap map)
    {
        maps.TryRemove(map.Id, out _);
        foreach (var partition in map.Partitions)
        {
            partitions.TryRemove(partition.Id, out _);
        }
    }

    /// <summary>Whether a table or index of that id lives.</summary>
    internal bool Contains(uint id) => maps.ContainsKey(id);

    /// <summary>The partition of that id.</summary>
    /// <exception cref="InvalidDataException">There is none: the record that names it is damaged or out of order.</exception>
    internal Partition Find(uint partitionId) => partitions.TryGetValue(partitionId, out var partition)
        ? partition
        : throw new InvalidDataException($"A record names partition {partitionId}, which does not exist.");

    /// <summary>The partition that owns a key.</summary>
    /// <exception cref="InvalidDataException">No table or index has that id.</exception>
    internal Partition Route(ReadOnlySpan<byte> key)
    {
        var id = BinaryPrimitives.ReadUInt32BigEndian(key);
        return maps.TryGetValue(id, out var map)
            ? map.Route(key)
            : throw new InvalidDataException($"A record has a key of table or index {id}, which does not exist.");
    }
}
