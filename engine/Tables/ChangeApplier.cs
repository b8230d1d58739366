using System.Buffers.Binary;
using Storage.Engine.Log;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// State = fold(log): applies records to partitions, catalog and request tokens. The same code runs behind every
/// commit and in replay; it reads no clock and draws no chance, so replaying gives the same state.
/// <para>Live, the caller holds the writers and, exclusively, the latches of the participating partitions; index
/// partitions are latched here, one at a time.</para>
/// </summary>
internal sealed class ChangeApplier(PartitionDirectory directory, Catalog catalog, RequestTokens tokens, MemoryBudget budget) : IRecordSink
{
    /// <inheritdoc />
    public void Apply(in LogRecord record)
    {
        if (record.Kind == RecordKind.CleanShutdown)
        {
            return;
        }

        if (record.Kind != RecordKind.Changes)
        {
            throw new InvalidDataException($"Record {record.Lsn} is of kind {record.Kind}, which this build cannot apply.");
        }

        Apply(record.Participants, record.Body, record.Lsn);
    }

    /// <summary>Applies a record's participants and changes.</summary>
    internal void Apply(ReadOnlySpan<byte> participants, ReadOnlySpan<byte> body, long lsn)
    {
        for (var rest = participants; !rest.IsEmpty; rest = rest[Participant.SizeBytes..])
        {
            Advance(Participant.Read(rest), lsn);
        }

        var offset = 0;
        while (offset < body.Length)
        {
            var change = Change.Read(body, ref offset);
            var participant = Participant.Read(participants[(change.Participant * Participant.SizeBytes)..]);
            Apply(directory.Find(participant.PartitionId), ref change, lsn);
        }

        budget.ReportLogged(participants.Length + body.Length + RecordHeader.SizeBytes);
    }

    private void Advance(Participant participant, long lsn)
    {
        var partition = directory.Find(participant.PartitionId);
        if (participant.Sequence != partition.Sequence + 1)
        {
            throw new InvalidDataException(
                $"Record {lsn} is number {participant.Sequence} of partition {partition.Id}, which is at {partition.Sequence}.");
        }

        partition.Sequence = participant.Sequence;
    }

    private void Apply(Partition partition, ref Change change, long lsn)
    {
        var existed = (change.Flags & ChangeFlags.Existed) != 0;
        if ((change.Flags & ChangeFlags.Put) != 0)
        {
            partition.Put(change.Key, change.NewImage, existed, change.OldSizeBytes, change.NewSizeBytes, lsn);
        }
        else if ((change.Flags & ChangeFlags.IndexOnly) == 0)
        {
            partition.Remove(change.Key, existed, change.OldSizeBytes, lsn);
        }

        ApplyDeltas(ref change, lsn);
        switch (BinaryPrimitives.ReadUInt32BigEndian(change.Key))
        {
            case SystemTables.CatalogId:
                catalog.Follow(change.Key, change.NewImage, lsn);
                break;
            case SystemTables.TokensId:
                tokens.Follow(change.Key, change.NewImage, lsn);
                break;
        }
    }

    /// <summary>
    /// Index partitions are latched one at a time. An entry that moves within one (always, in a local index) moves
    /// under one latch: no reader misses it.
    /// </summary>
    private void ApplyDeltas(ref Change change, long lsn)
    {
        Partition? held = null;
        try
        {
            while (change.TryReadDelta(out var delta))
            {
                var partition = directory.Route(delta.Key);
                if (partition != held)
                {
                    held?.Latch.ExitWrite();
                    held = null;
                    partition.Latch.EnterWrite();
                    held = partition;
                }

                var existed = delta.OldSizeBytes > 0;
                if (delta.IsAdd)
                {
                    partition.Put(delta.Key, delta.Image, existed, delta.OldSizeBytes, delta.NewSizeBytes, lsn);
                }
                else
                {
                    partition.Remove(delta.Key, existed, delta.OldSizeBytes, lsn);
                }
            }
        }
        finally
        {
            held?.Latch.ExitWrite();
        }
    }
}
