using System.Buffers.Binary;
using Storage.Engine.Encoding;

namespace Storage.Engine.Partitions;

/// <summary>
/// The partitions of one table or index, ordered by the keys they hold. A partition owns the keys from its low bound
/// up to the next one's.
/// </summary>
internal sealed class PartitionMap
{
    private readonly Partition[] partitions;
    private readonly byte[][] lows; // and the end of the last one

    private PartitionMap(uint id, Partition[] partitions, byte[][] lows)
    {
        Id = id;
        this.partitions = partitions;
        this.lows = lows;
    }

    /// <summary>The table's or index's id: the first four bytes of its keys.</summary>
    internal uint Id { get; }

    internal ReadOnlySpan<Partition> Partitions => partitions;

    /// <summary>Entries held by all partitions.</summary>
    internal long Count => partitions.Sum(partition => partition.Count);

    /// <summary>DynamoDB's size of all entries, bytes.</summary>
    internal long SizeBytes => partitions.Sum(partition => partition.SizeBytes);

    /// <summary>LSN of the last change of any partition; see <see cref="Partition.LastLsn"/>.</summary>
    internal long LastLsn => partitions.Max(partition => partition.LastLsn);

    /// <summary>Divides the hash space evenly among partitions of consecutive ids.</summary>
    internal static PartitionMap Even(uint id, uint firstPartitionId, int count, long birthLsn, MemoryBudget budget)
    {
        var partitions = new Partition[count];
        var lows = new byte[count + 1][];
        for (var i = 0; i < count; i++)
        {
            partitions[i] = new Partition(firstPartitionId + (uint)i, birthLsn, budget);
            lows[i] = new byte[KeyBuffer.PartsOffset];
            BinaryPrimitives.WriteUInt32BigEndian(lows[i], id);
            BinaryPrimitives.WriteUInt64BigEndian(lows[i].AsSpan(KeyBuffer.HashOffset), SegmentStart(i, count));
        }

        lows[count] = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(lows[count], id + 1);
        return new PartitionMap(id, partitions, lows);
    }

    /// <summary>The first hash of segment <paramref name="index"/> when the hash space is cut in <paramref name="count"/>.</summary>
    internal static ulong SegmentStart(int index, int count) => (ulong)(((UInt128)1 << 64) * (uint)index / (uint)count);

    /// <summary>The smallest key that the partition at a position may hold.</summary>
    internal ReadOnlySpan<byte> Low(int index) => lows[index];

    /// <summary>The smallest key above all that the partition at a position may hold.</summary>
    internal ReadOnlySpan<byte> High(int index) => lows[index + 1];

    /// <summary>The partition that owns a key.</summary>
    internal Partition Route(ReadOnlySpan<byte> key) => partitions[IndexOf(key)];

    /// <summary>Position of the partition that owns a key.</summary>
    internal int IndexOf(ReadOnlySpan<byte> key)
    {
        var low = 0;
        var high = partitions.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (key.SequenceCompareTo(lows[middle]) >= 0)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }
}
