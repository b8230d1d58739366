namespace Storage.Engine.Tables;

/// <summary>Wakes the sweeper when something expires before what it waits for. One waiter; any thread offers.</summary>
internal sealed class ExpirySignal
{
    private TaskCompletionSource woken = New();
    private long awaitedSeconds = long.MaxValue;

    /// <summary>Completes at the first offer that is before what is awaited.</summary>
    internal Task Woken => woken.Task;

    /// <summary>Forgets earlier offers; from now on every one wakes. Look for what is due after this, then say so.</summary>
    internal void Arm()
    {
        Volatile.Write(ref woken, New());
        Volatile.Write(ref awaitedSeconds, long.MaxValue);
        Interlocked.MemoryBarrier();
    }

    /// <summary>From now on only what expires before this wakes.</summary>
    internal void Await(long seconds) => Volatile.Write(ref awaitedSeconds, seconds);

    /// <summary>Something expires in that second.</summary>
    internal void Offer(long seconds)
    {
        if (seconds < Volatile.Read(ref awaitedSeconds))
        {
            Volatile.Read(ref woken).TrySetResult();
        }
    }

    // Whoever offers holds locks: the sweeper must not go on in his place.
    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
