using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace Storage.Engine.Partitions;

/// <summary>All partitions of a store: by their own id, and by the id their keys begin with.</summary>
internal sealed class PartitionDirectory
{
    private readonly ConcurrentDictionary<uint, PartitionMap> maps = new();
    private readonly ConcurrentDictionary<uint, Partition> partitions = new();

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
