using System.Buffers.Binary;
using Storage.Engine.Log;
using Storage.Engine.Tables;

namespace Storage.Engine.Streams;

/// <summary>
/// The partitions whose records the tail wants: those of tables with a stream, and the catalog's, which says what those
/// are. Asked by every appender, without a lock; replaced as a whole.
/// </summary>
internal sealed class WantedPartitions
{
    private HashSet<uint> ids = [];

    /// <summary>Whether no table has a stream.</summary>
    internal bool IsEmpty => Volatile.Read(ref ids).Count == 0;

    internal void Replace(IEnumerable<StoredTable> streams)
    {
        var wanted = new HashSet<uint>();
        foreach (var table in streams)
        {
            for (uint i = 0; i < table.PartitionCount; i++)
            {
                wanted.Add(table.FirstPartitionId + i);
            }
        }

        Volatile.Write(ref ids, wanted);
    }

    /// <summary>Whether a record with these participants may matter.</summary>
    internal bool Contains(ReadOnlySpan<byte> participants)
    {
        if (participants.IsEmpty)
        {
            return false;
        }

        // Participants ascend, and the catalog's partition has the lowest id.
        if (BinaryPrimitives.ReadUInt32LittleEndian(participants) == SystemTables.CatalogPartitionId)
        {
            return true;
        }

        var wanted = Volatile.Read(ref ids);
        if (wanted.Count == 0)
        {
            return false;
        }

        for (; !participants.IsEmpty; participants = participants[Participant.SizeBytes..])
        {
            if (wanted.Contains(BinaryPrimitives.ReadUInt32LittleEndian(participants)))
            {
                return true;
            }
        }

        return false;
    }
}
