using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>
/// Which records of a damaged log still count. Up to the first damage all do. Behind it a record counts only if of each
/// of its partitions it is the very next change: then nothing that was lost can have touched them, and every partition
/// is as it once was. A partition that misses a change takes none after it, and a transaction over several is taken
/// whole or not at all. What was never known to be durable is left out, as opening would.
/// </summary>
internal sealed class RepairRule(RepairCatalog catalog, IReadOnlyDictionary<uint, long> sequences, long checkpointLsn, long lastLsn, bool takesAll)
{
    private readonly Dictionary<uint, long> taken = new(sequences);
    private readonly Dictionary<uint, long> seen = new(sequences);

    /// <summary>Called with each run of changes that a partition lacks: partition, first and last number.</summary>
    internal Action<uint, long, long>? Missing { get; set; }

    /// <summary>What is to become of a record.</summary>
    internal RepairVerdict Judge(in LogRecord record, bool isContinuous)
    {
        if (record.Lsn <= checkpointLsn || record.Kind != RecordKind.Changes)
        {
            return RepairVerdict.Nothing;
        }

        if (record.Lsn > lastLsn)
        {
            return RepairVerdict.NeverPromised;
        }

        var applies = true;
        for (var rest = record.Participants; !rest.IsEmpty; rest = rest[Participant.SizeBytes..])
        {
            var participant = Participant.Read(rest);
            var before = isContinuous ? participant.Sequence - 1 : seen.GetValueOrDefault(participant.PartitionId);
            if (participant.Sequence > before + 1)
            {
                Missing?.Invoke(participant.PartitionId, before + 1, participant.Sequence - 1);
            }

            seen[participant.PartitionId] = Math.Max(before, participant.Sequence);
            applies &= catalog.HasPartition(participant.PartitionId)
                && (takesAll || isContinuous || participant.Sequence == taken.GetValueOrDefault(participant.PartitionId) + 1);
        }

        if (!applies)
        {
            return RepairVerdict.Left;
        }

        for (var rest = record.Participants; !rest.IsEmpty; rest = rest[Participant.SizeBytes..])
        {
            var participant = Participant.Read(rest);
            taken[participant.PartitionId] = participant.Sequence;
        }

        FollowCatalog(record);
        return RepairVerdict.Applied;
    }

    private void FollowCatalog(in LogRecord record)
    {
        var offset = 0;
        while (offset < record.Body.Length)
        {
            var change = Change.Read(record.Body, ref offset);
            if (System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(change.Key) == SystemTables.CatalogId)
            {
                catalog.Follow(change.Key, change.NewImage);
            }
        }
    }
}

/// <summary>What becomes of a record in a repair.</summary>
internal enum RepairVerdict
{
    /// <summary>It holds no change that the runs do not have.</summary>
    Nothing,

    Applied,

    /// <summary>It is whole, but what it builds on is lost.</summary>
    Left,

    /// <summary>It lies behind the true end of the log.</summary>
    NeverPromised,
}
