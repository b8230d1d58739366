using Storage.Engine.Model;

namespace Storage.Engine.Tables;

/// <summary>Ids taken from a starting point; they count once the record that names them is applied.</summary>
internal sealed class IdAllocation(uint nextId, uint nextPartitionId)
{
    private uint id = nextId;
    private uint partitionId = nextPartitionId;

    internal uint TakeId() => id++;

    internal uint TakePartitions(int count)
    {
        var first = partitionId;
        partitionId += (uint)count;
        return first;
    }

    internal StoredIndex TakeIndex(int partitions, IndexStatus status) =>
        new(TakeId(), TakePartitions(partitions), partitions, status);
}
