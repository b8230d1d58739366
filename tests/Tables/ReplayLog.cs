using Storage.Engine.Log;
using Storage.Engine.Tables;

namespace Storage.Tests.Tables;

/// <summary>
/// A log that keeps every record and folds them again into a fresh state. <see cref="Hold"/> keeps later records from
/// becoming durable until <see cref="Release"/>, so that a test sees what an answer waits for.
/// </summary>
internal sealed class ReplayLog : StoreLog
{
    private readonly Lock gate = new();
    private readonly List<(RecordKind Kind, byte[] Participants, byte[] Body)> records = [];
    private readonly List<(long Lsn, TaskCompletionSource Done)> waiters = [];
    private long durableLsn;
    private bool held;
    private volatile TaskCompletionSource? room;
    private int passesLeft;
    private Exception? poison;

    internal override long LastLsn
    {
        get
        {
            lock (gate)
            {
                return records.Count;
            }
        }
    }

    internal override long DurableLsn => Volatile.Read(ref durableLsn);

    internal override Exception? Poison => poison;

    internal override bool HasRoom => poison is null;

    internal override long Append(RecordBuilder record)
    {
        ThrowIfPoisoned();
        var participantBytes = record.ParticipantCount * Participant.SizeBytes;
        lock (gate)
        {
            records.Add((record.Kind, record.Payload[..participantBytes].ToArray(), record.Payload[participantBytes..].ToArray()));
            if (!held)
            {
                durableLsn = records.Count;
            }

            return records.Count;
        }
    }

    internal override ValueTask WaitUntilDurableAsync(long lsn, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (lsn > records.Count)
            {
                throw new ArgumentOutOfRangeException(nameof(lsn), lsn, "Not appended yet.");
            }

            if (lsn <= durableLsn)
            {
                return ValueTask.CompletedTask;
            }

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiters.Add((lsn, done));
            return new ValueTask(done.Task.WaitAsync(cancellation));
        }
    }

    internal override ValueTask WaitForRoomAsync(CancellationToken cancellation)
    {
        ThrowIfPoisoned();
        return room is { } waited && Interlocked.Decrement(ref passesLeft) < 0
            ? new ValueTask(waited.Task.WaitAsync(cancellation))
            : ValueTask.CompletedTask;
    }

    internal override void Follow(ILogFollower first) => throw new NotSupportedException("Nobody follows this log.");

    internal override void Fail(Exception cause) => Interlocked.CompareExchange(ref poison, cause, null);

    public override ValueTask DisposeAsync()
    {
        Release();
        return ValueTask.CompletedTask;
    }

    /// <summary>From now on nothing becomes durable.</summary>
    internal void Hold()
    {
        lock (gate)
        {
            held = true;
        }
    }

    /// <summary>All there is becomes durable, and what comes at once.</summary>
    internal void Release()
    {
        lock (gate)
        {
            held = false;
            durableLsn = records.Count;
            waiters.ForEach(waiter => waiter.Done.TrySetResult());
            waiters.Clear();
        }
    }

    /// <summary>
    /// After that many, calls of <see cref="WaitForRoomAsync"/> wait, as a backfill's do before each record; single writes
    /// see <see cref="HasRoom"/> and go on.
    /// </summary>
    internal void HoldRoomAfter(int calls)
    {
        passesLeft = calls;
        room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>While room is held: that many later calls pass all the same.</summary>
    internal void LetRoomThrough(int calls) => passesLeft = calls;

    internal void ReleaseRoom()
    {
        var waited = room;
        room = null;
        waited?.SetResult();
    }

    /// <summary>What opening a store with these records gives.</summary>
    internal DatabaseState Replay()
    {
        var state = new DatabaseState();
        ReplayInto(state, 0);
        return state;
    }

    /// <summary>Folds the records behind an LSN into a state that holds what is up to there.</summary>
    internal void ReplayInto(DatabaseState state, long afterLsn)
    {
        lock (gate)
        {
            for (var i = (int)afterLsn; i < records.Count; i++)
            {
                state.Applier.Apply(new LogRecord
                {
                    Lsn = i + 1,
                    TimeMicros = 0,
                    Kind = records[i].Kind,
                    Participants = records[i].Participants,
                    Body = records[i].Body,
                });
            }
        }
    }

    /// <summary>Every record as text.</summary>
    internal List<string> Records()
    {
        lock (gate)
        {
            return records.ConvertAll(record =>
                $"{record.Kind} {Convert.ToHexString(record.Participants)} {Convert.ToHexString(record.Body)}");
        }
    }

    private void ThrowIfPoisoned()
    {
        if (poison is { } cause)
        {
            throw new LogPoisonedException(cause);
        }
    }
}
