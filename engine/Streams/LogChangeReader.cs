using System.Buffers.Binary;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Streams;

/// <summary>Picks one table's changes out of the records of a scan.</summary>
/// <param name="tableId">The table.</param>
/// <param name="spans">When the table had a stream, by LSNs.</param>
/// <param name="page">Where they go.</param>
internal sealed class LogChangeReader(uint tableId, (long FromLsn, long UntilLsn)[] spans, StreamPageBuilder page) : IRecordSink
{
    /// <inheritdoc />
    public void Apply(in LogRecord record)
    {
        if (page.IsFull || record.Kind != RecordKind.Changes || page.Next >= ChangePosition.EndOf(record.Lsn) || !WasOn(record.Lsn))
        {
            return;
        }

        var offset = 0;
        for (var ordinal = 0; offset < record.Body.Length && !page.IsFull; ordinal++)
        {
            var change = Change.Read(record.Body, ref offset);
            var position = new ChangePosition(record.Lsn, ordinal);
            if ((change.Flags & ChangeFlags.IndexOnly) != 0
                || BinaryPrimitives.ReadUInt32BigEndian(change.Key) != tableId
                || position <= page.Next)
            {
                continue;
            }

            var participant = Participant.Read(record.Participants[(change.Participant * Participant.SizeBytes)..]);
            if (page.Wants(record.TimeMicros, participant.PartitionId))
            {
                page.Add(StreamChange.Of(position, record.TimeMicros, tableId, participant.PartitionId, change));
            }

            page.MoveTo(position);
        }
    }

    private bool WasOn(long lsn)
    {
        foreach (var (from, until) in spans)
        {
            if (from < lsn && lsn < until)
            {
                return true;
            }
        }

        return false;
    }
}
