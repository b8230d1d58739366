using System.Buffers.Binary;
using Storage.Engine.Encoding;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Engine.Streams;

/// <summary>
/// The newest changes of tables with a stream, in memory, for all who read near the end of the log; bounded by bytes over
/// the whole store and by age. Follows the log while it grows and, when a store opens, while it is replayed. A store
/// without streams pays one look at a record's first partition.
/// </summary>
/// <param name="bytesMax">Bytes of changes kept; what comes behind pushes out the oldest of the store.</param>
/// <param name="keptSinceMicros">Tells the time before which changes are no longer shown.</param>
/// <param name="keepsMarks">Whether places in the log are noted, to read the log from.</param>
internal sealed class ChangeTail(long bytesMax, Func<long> keptSinceMicros, bool keepsMarks) : ILogFollower, IRecordSink
{
    /// <summary>Log between two noted places, bytes: what a reader behind the tail reads at once.</summary>
    internal const long MarkBytes = 256 * 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<uint, StreamTable> tables = [];
    private readonly Dictionary<string, StoredTable> streams = new(StringComparer.Ordinal); // switched on, by the table's name
    private readonly Queue<StreamTable> order = new(); // whose change came, for each change, oldest first
    private readonly TailSegments segments = new();
    private readonly LogMarks marks = new();
    private readonly WantedPartitions wanted = new();
    private long bytes;
    private long firstPulseLsn = StreamTable.NoLsn;
    private bool isClosed;

    /// <summary>
    /// Up to where history files have it all; tables whose stream ended before that are forgotten. Until it is known, as
    /// in a replay, none is: what memory has no room for must be found in the log. Without files all are.
    /// </summary>
    internal Func<long> CheckpointLsn { get; set; } = keepsMarks ? static () => 0 : static () => StreamTable.NoLsn;

    /// <summary>Bytes of the changes in memory.</summary>
    internal long Bytes
    {
        get
        {
            lock (gate)
            {
                return bytes;
            }
        }
    }

    /// <summary>Tables that there is something to know of.</summary>
    internal int TableCount
    {
        get
        {
            lock (gate)
            {
                return tables.Count;
            }
        }
    }

    /// <summary>Begins with the tables that had a stream at a place in the log; what is before it is elsewhere.</summary>
    internal void Begin(IEnumerable<StoredTable> withStreams, long lsn)
    {
        lock (gate)
        {
            foreach (var table in withStreams)
            {
                TurnOn(table, 0, ChangePosition.EndOf(lsn));
            }
        }
    }

    /// <inheritdoc />
    public bool Wants(RecordBuilder record) =>
        wanted.Contains(record.Payload[..(record.ParticipantCount * Participant.SizeBytes)]);

    /// <inheritdoc />
    public void NoteAppended(in LogPosition end, RecordBuilder record)
    {
        var participants = record.Payload[..(record.ParticipantCount * Participant.SizeBytes)];
        Add(end, participants, record.Payload[participants.Length..]);
    }

    /// <inheritdoc />
    public void Apply(in LogRecord record)
    {
        if (record.Kind == RecordKind.Changes)
        {
            Add(record.End with { Lsn = record.Lsn, TimeMicros = record.TimeMicros }, record.Participants, record.Body);
        }
    }

    /// <inheritdoc />
    public void NoteDurable(long lsn)
    {
        if (Volatile.Read(ref firstPulseLsn) > lsn)
        {
            return;
        }

        lock (gate)
        {
            firstPulseLsn = StreamTable.NoLsn;
            foreach (var table in tables.Values)
            {
                if (table.PulseLsn <= lsn)
                {
                    table.Pulse?.TrySetResult();
                    table.Pulse = null;
                    table.PulseLsn = StreamTable.NoLsn;
                }
                else
                {
                    firstPulseLsn = Math.Min(firstPulseLsn, table.PulseLsn);
                }
            }
        }
    }

    /// <summary>
    /// Copies the changes of a table behind a position and up to a durable record. False when older ones than those here
    /// come first. <paramref name="isAll"/> says that there were no more; <paramref name="dropped"/> is the newest change
    /// that can be read nowhere any more.
    /// </summary>
    internal bool TryRead(
        uint tableId, ChangePosition after, long durableLsn, Span<TailChange> into, out int count, out ChangePosition dropped, out bool isAll)
    {
        lock (gate)
        {
            count = 0;
            dropped = default;
            isAll = true;
            if (!tables.TryGetValue(tableId, out var table))
            {
                return !keepsMarks;
            }

            if (keepsMarks && after < table.Floor)
            {
                return false;
            }

            dropped = keepsMarks ? default : table.LastDropped;
            var from = table.IndexBehind(after);
            var until = table.IndexBehind(ChangePosition.EndOf(durableLsn));
            count = Math.Clamp(until - from, 0, into.Length);
            isAll = from + count >= until;
            table.CopyTo(from, into[..count]);
            return true;
        }
    }

    /// <summary>What there is to know of a table's stream behind a place in the log.</summary>
    internal TailState StateOf(uint tableId, long keptSince)
    {
        lock (gate)
        {
            if (!tables.TryGetValue(tableId, out var table))
            {
                return new TailState(false, false, false, 0, [], default, default, default);
            }

            var kept = table.IndexSince(keptSince);
            return new TailState(
                true,
                table.IsOn,
                table.IsDropped,
                table.EndLsn,
                table.Spans,
                table.Floor,
                table.LastDropped,
                kept > 0 ? table[kept - 1].Position : default);
        }
    }

    /// <summary>The noted place to read the log behind an LSN from, and the LSN of the next one.</summary>
    internal LogPosition FindMark(long lsn, in LogPosition checkpoint, out long nextLsn)
    {
        lock (gate)
        {
            return marks.Find(lsn, checkpoint, out nextLsn);
        }
    }

    /// <summary>The LSN of the last noted place older than a time; that of the checkpoint at least.</summary>
    internal long FindMarkBefore(long timeMicros, in LogPosition checkpoint)
    {
        lock (gate)
        {
            return marks.FindBefore(timeMicros, checkpoint);
        }
    }

    /// <summary>
    /// A task that completes once a change of the table behind the position, or the end of its stream, is durable; null when
    /// it is already, or when older changes come first. The caller then looks whether <paramref name="awaitedLsn"/> became durable
    /// meanwhile, and says so.
    /// </summary>
    internal Task? Wait(uint tableId, ChangePosition after, long durableLsn, out long awaitedLsn)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, typeof(ChangeFeed));
            awaitedLsn = StreamTable.NoLsn;
            if (!tables.TryGetValue(tableId, out var table))
            {
                // Without a stream there is nothing to come until it gets one.
                tables.Add(tableId, table = new StreamTable(tableId, ChangePosition.EndOf(durableLsn)));
            }

            var next = table.IndexBehind(after);
            awaitedLsn = next < table.Count ? table[next].Position.Lsn
                : after.Lsn < table.EndLsn ? table.EndLsn // whoever has not come to the end is told of it
                : StreamTable.NoLsn;
            if (awaitedLsn <= durableLsn || (keepsMarks && after < table.Floor))
            {
                return null;
            }

            table.Pulse ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Expect(table, awaitedLsn);
            return table.Pulse.Task;
        }
    }

    /// <summary>Ends all waits; nothing more is taken in.</summary>
    internal void Close()
    {
        lock (gate)
        {
            isClosed = true;
            wanted.Replace([]);
            foreach (var table in tables.Values)
            {
                table.Pulse?.TrySetException(new ObjectDisposedException(null, "The store is closed."));
                table.Pulse = null;
            }
        }
    }

    private void Add(in LogPosition end, ReadOnlySpan<byte> participants, ReadOnlySpan<byte> body)
    {
        if (keepsMarks && !wanted.IsEmpty && end.Address - marks.LastAddress >= MarkBytes)
        {
            lock (gate)
            {
                marks.Add(end, CheckpointLsn());
            }
        }

        if (!wanted.Contains(participants))
        {
            return;
        }

        lock (gate)
        {
            if (isClosed)
            {
                return;
            }

            var offset = 0;
            for (var ordinal = 0; offset < body.Length; ordinal++)
            {
                var change = Change.Read(body, ref offset);
                var tableId = BinaryPrimitives.ReadUInt32BigEndian(change.Key);
                if (tableId == SystemTables.CatalogId)
                {
                    FollowCatalog(change, end.Lsn);
                }
                else if ((change.Flags & ChangeFlags.IndexOnly) == 0 && tables.TryGetValue(tableId, out var table) && table.IsOn)
                {
                    var participant = Participant.Read(participants[(change.Participant * Participant.SizeBytes)..]);
                    Add(table, new ChangePosition(end.Lsn, ordinal), end.TimeMicros, participant.PartitionId, change);
                }
            }

            DropOldest();
        }
    }

    private void Add(StreamTable table, ChangePosition position, long timeMicros, uint partitionId, in Change change)
    {
        var segment = segments.Add(change.NewImage, change.OldImage, out var offset);
        var added = new TailChange(
            position, timeMicros, segment, offset, change.NewImage.Length, change.OldImage.Length, partitionId, change.Flags);
        table.Add(added);
        order.Enqueue(table);
        bytes += added.Bytes;
        if (table.Pulse is not null)
        {
            Expect(table, position.Lsn);
        }
    }

    /// <summary>Whoever waits is woken by this record, or by an earlier one.</summary>
    private void Expect(StreamTable table, long lsn)
    {
        table.PulseLsn = Math.Min(table.PulseLsn, lsn);
        Volatile.Write(ref firstPulseLsn, Math.Min(firstPulseLsn, table.PulseLsn));
    }

    private void DropOldest()
    {
        var kept = keptSinceMicros();
        while (order.TryPeek(out var table) && (bytes > bytesMax || table[0].TimeMicros < kept))
        {
            order.Dequeue();
            bytes -= table.DropOldest();
        }
    }

    private void FollowCatalog(in Change change, long lsn)
    {
        if (!Catalog.IsTable(change.Key))
        {
            return;
        }

        var name = Catalog.NameOf(change.Key);
        var after = change.NewImage.IsEmpty ? null : CatalogItem.Read(new ValueView(change.NewImage));
        var tableName = System.Text.Encoding.UTF8.GetString(name);
        var before = streams.GetValueOrDefault(tableName);
        if (before is not null && (after is null || after.Id != before.Id || after.Definition.Stream is null))
        {
            TurnOff(before, lsn, isDropped: after?.Id != before.Id);
        }

        if (after?.Definition.Stream is not null && !streams.ContainsKey(tableName))
        {
            TurnOn(after, lsn, ChangePosition.EndOf(lsn));
        }
    }

    private void TurnOn(StoredTable stored, long fromLsn, ChangePosition floor)
    {
        if (!tables.TryGetValue(stored.Id, out var table))
        {
            tables.Add(stored.Id, table = new StreamTable(stored.Id, keepsMarks ? floor : default));
        }

        table.TurnOn(fromLsn);
        streams.Add(stored.Definition.Name, stored);
        wanted.Replace(streams.Values);
    }

    private void TurnOff(StoredTable stored, long lsn, bool isDropped)
    {
        var table = tables[stored.Id];
        table.TurnOff(lsn, isDropped);
        streams.Remove(stored.Definition.Name);
        wanted.Replace(streams.Values);
        if (table.Pulse is not null)
        {
            Expect(table, lsn); // whoever waits for more must hear that there will be none
        }

        var checkpoint = CheckpointLsn();
        foreach (var ended in tables.Values)
        {
            if (ended is { IsOn: false, Count: 0, Pulse: null } && ended != table && ended.EndLsn <= checkpoint)
            {
                tables.Remove(ended.Id);
            }
        }
    }
}
