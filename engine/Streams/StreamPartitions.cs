using System.Buffers.Binary;
using Storage.Engine.Log;
using Storage.Engine.Tables;

namespace Storage.Engine.Streams;

/// <summary>The partitions of the tables that have a stream: tells from its participants whether a record matters. Any thread asks.</summary>
internal sealed class StreamPartitions
{
    private HashSet<uint> partitions = []; // replaced, never changed

    /// <summary>Whether any table has a stream.</summary>
    internal bool HasAny => Volatile.Read(ref partitions).Count > 0;

    /// <summary>Replaces the tables.</summary>
    internal void Set(IEnumerable<StoredTable> tables)
    {
        var wanted = new HashSet<uint>();
        foreach (var table in tables)
        {
            for (uint i = 0; i < table.PartitionCount; i++)
            {
                wanted.Add(table.FirstPartitionId + i);
            }
        }

        Volatile.Write(ref partitions, wanted);
    }

    /// <summary>True for a record of the catalog, and for one with a change of such a table.</summary>
    /// <param name="participants">As in the record.</param>
    internal bool Wants(ReadOnlySpan<byte> participants)
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

        var wanted = Volatile.Read(ref partitions);
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
