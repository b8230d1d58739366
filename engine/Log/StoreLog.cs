namespace Storage.Engine.Log;

/// <summary>
/// The one log of a store. Appends stamp every record with a dense log sequence number (LSN, from 1), a time that
/// never goes backwards and a checksum chained to the record before; one committer makes them durable for all waiters.
/// </summary>
internal abstract class StoreLog : IAsyncDisposable
{
    /// <summary>LSN of the last record appended; 0 for an empty log.</summary>
    internal abstract long LastLsn { get; }

    /// <summary>LSN up to which every record would survive power loss.</summary>
    internal abstract long DurableLsn { get; }

    /// <summary>The failure that ended writing, or null. Set once, never cleared: reopening tells the truth.</summary>
    internal abstract Exception? Poison { get; }

    /// <summary>
    /// Appends one record and returns its LSN. The caller holds the writer mutexes of every participating partition
    /// and applies the record before releasing them. Does not wait for the disk.
    /// </summary>
    /// <exception cref="LogPoisonedException">An earlier commit failed; nothing was appended.</exception>
    internal abstract long Append(RecordBuilder record);

    /// <summary>Completes when the record with this LSN, and all before it, would survive power loss.</summary>
    /// <exception cref="LogPoisonedException">A commit failed before that LSN became durable.</exception>
    internal abstract ValueTask WaitUntilDurableAsync(long lsn, CancellationToken cancellation);

    /// <summary>True while an append need not wait: writes go on and undurable bytes are below their bound.</summary>
    internal abstract bool HasRoom { get; }

    /// <summary>
    /// Back-pressure: completes when undurable bytes are below their bound. Called before any lock is taken.
    /// </summary>
    /// <exception cref="LogPoisonedException">Writes have stopped.</exception>
    internal abstract ValueTask WaitForRoomAsync(CancellationToken cancellation);

    /// <summary>
    /// Poisons the log from outside: memory no longer equals the fold of the log. Writes and undurable reads fail from
    /// now on; the first failure stays.
    /// </summary>
    internal abstract void Fail(Exception cause);

    /// <summary>Shows one follower all that is appended from now on. Called once, before anyone appends.</summary>
    internal abstract void Follow(ILogFollower first);

    public abstract ValueTask DisposeAsync();
}
