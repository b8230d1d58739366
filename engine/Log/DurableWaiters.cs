namespace Storage.Engine.Log;

/// <summary>
/// Who waits for which LSN to become durable. Durability is published under the same lock that adds a waiter, so none
/// is missed; waiters are settled outside it.
/// </summary>
internal sealed class DurableWaiters(long durableLsn)
{
    private const int PooledMax = 1024;

    private readonly Lock gate = new();
    private readonly Stack<DurableWaiter> pool = new();
    private readonly List<DurableWaiter> ready = [];
    private List<DurableWaiter> waiting = [];
    private long durable = durableLsn;
    private Exception? poison;

    internal long DurableLsn => Volatile.Read(ref durable);

    internal Exception? Poison => Volatile.Read(ref poison);

    /// <summary>A wait for an LSN that was appended.</summary>
    internal ValueTask Wait(long lsn, CancellationToken cancellation)
    {
        if (lsn <= DurableLsn)
        {
            return ValueTask.CompletedTask;
        }

        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        DurableWaiter? waiter;
        lock (gate)
        {
            if (lsn <= durable)
            {
                return ValueTask.CompletedTask;
            }

            if (poison is { } cause)
            {
                return ValueTask.FromException(new LogPoisonedException(cause));
            }

            if (!pool.TryPop(out waiter))
            {
                waiter = new DurableWaiter(this);
            }

            waiter.Reset(lsn);
            waiting.Add(waiter);
        }

        if (cancellation.CanBeCanceled)
        {
            waiter.CancelWith(cancellation);
        }

        return waiter.Task;
    }

    /// <summary>Moves durability forward and completes whom that satisfies. Only the committing thread calls this.</summary>
    internal void Publish(long lsn)
    {
        lock (gate)
        {
            if (poison is not null)
            {
                return; // the waiters have failed already, and "failed" must not become "durable" for those who come now
            }

            Volatile.Write(ref durable, lsn);
            var kept = 0;
            for (var i = 0; i < waiting.Count; i++)
            {
                if (waiting[i].Lsn <= lsn)
                {
                    ready.Add(waiting[i]);
                }
                else
                {
                    waiting[kept++] = waiting[i];
                }
            }

            waiting.RemoveRange(kept, waiting.Count - kept);
        }

        foreach (var waiter in ready)
        {
            waiter.Complete();
        }

        ready.Clear();
    }

    /// <summary>Fails everyone who waits now or later for what is not durable. The first cause stays.</summary>
    internal void Fail(Exception cause)
    {
        List<DurableWaiter> failed;
        lock (gate)
        {
            if (poison is not null)
            {
                return;
            }

            Volatile.Write(ref poison, cause);
            failed = waiting;
            waiting = [];
        }

        foreach (var waiter in failed)
        {
            waiter.Fail(new LogPoisonedException(cause));
        }
    }

    internal void Return(DurableWaiter waiter)
    {
        lock (gate)
        {
            if (pool.Count < PooledMax)
            {
                pool.Push(waiter);
            }
        }
    }
}
