namespace Storage.Engine.Log;

/// <summary>A log for a store in memory only: numbers records, keeps nothing, everything is durable at once.</summary>
internal sealed class MemoryLog : StoreLog
{
    private long lastLsn;
    private Exception? poison;

    internal override long LastLsn => Volatile.Read(ref lastLsn);

    internal override long DurableLsn => LastLsn;

    internal override Exception? Poison => poison;

    internal override bool HasRoom => poison is null;

    internal override long Append(RecordBuilder record)
    {
        ThrowIfPoisoned();
        return Interlocked.Increment(ref lastLsn);
    }

    internal override ValueTask WaitUntilDurableAsync(long lsn, CancellationToken cancellation) => ValueTask.CompletedTask;

    internal override ValueTask WaitForRoomAsync(CancellationToken cancellation)
    {
        ThrowIfPoisoned();
        return ValueTask.CompletedTask;
    }

    internal override void Fail(Exception cause) => Interlocked.CompareExchange(ref poison, cause, null);

    public override ValueTask DisposeAsync()
    {
        Fail(new ObjectDisposedException(null, "The store is closed."));
        return ValueTask.CompletedTask;
    }

    private void ThrowIfPoisoned()
    {
        if (poison is { } cause)
        {
            throw new LogPoisonedException(cause);
        }
    }
}
