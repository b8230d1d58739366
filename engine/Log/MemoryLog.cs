namespace Storage.Engine.Log;

/// <summary>A log for a store in memory only: numbers records, keeps nothing, everything is durable at once.</summary>
/// <param name="time">The clock that stamps what is shown to a follower.</param>
internal sealed class MemoryLog(TimeProvider? time = null) : StoreLog
{
    private readonly TimeProvider time = time ?? TimeProvider.System;
    private readonly Lock followed = new();
    private ILogFollower? follower;
    private long lastLsn;
    private long lastTimeMicros; // of records that the follower wants
    private Exception? poison;

    internal override long LastLsn => Volatile.Read(ref lastLsn);

    /// <summary>The follower has seen all up to here that it wants; it must not ask while it holds what it needs to see one.</summary>
    internal override long DurableLsn
    {
        get
        {
            if (follower is null)
            {
                return LastLsn;
            }

            lock (followed)
            {
                return LastLsn;
            }
        }
    }

    internal override Exception? Poison => poison;

    internal override bool HasRoom => poison is null;

    internal override long Append(RecordBuilder record)
    {
        ThrowIfPoisoned();
        return follower is { } wanting && wanting.Wants(record)
            ? Append(record, wanting)
            : Interlocked.Increment(ref lastLsn);
    }

    internal override ValueTask WaitUntilDurableAsync(long lsn, CancellationToken cancellation) => ValueTask.CompletedTask;

    internal override ValueTask WaitForRoomAsync(CancellationToken cancellation)
    {
        ThrowIfPoisoned();
        return ValueTask.CompletedTask;
    }

    internal override void Follow(ILogFollower first) => follower = first;

    internal override void Fail(Exception cause) => Interlocked.CompareExchange(ref poison, cause, null);

    public override ValueTask DisposeAsync()
    {
        Fail(new ObjectDisposedException(null, "The store is closed."));
        return ValueTask.CompletedTask;
    }

    /// <summary>Appenders whose records nobody wants take numbers meanwhile; those wanted reach the follower in order.</summary>
    private long Append(RecordBuilder record, ILogFollower wanting)
    {
        var now = (time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        long lsn;
        lock (followed)
        {
            lsn = Interlocked.Increment(ref lastLsn);
            lastTimeMicros = Math.Max(lastTimeMicros, now);
            wanting.NoteAppended(new LogPosition(lsn, 0, 0, lastTimeMicros), record);
        }

        wanting.NoteDurable(lsn);
        return lsn;
    }

    private void ThrowIfPoisoned()
    {
        if (poison is { } cause)
        {
            throw new LogPoisonedException(cause);
        }
    }
}
