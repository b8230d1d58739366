using System.Threading.Tasks.Sources;

namespace Storage.Engine.Log;

/// <summary>
/// One pooled wait for a record to become durable. Either the committing thread or a cancellation settles it, whoever
/// comes first; what then runs is queued to the thread pool, never run by the one who settles.
/// </summary>
internal sealed class DurableWaiter : IValueTaskSource
{
    private readonly DurableWaiters owner;
    private ManualResetValueTaskSourceCore<bool> core;
    private CancellationTokenRegistration registration;
    private CancellationToken cancellation;
    private int settled;

    internal DurableWaiter(DurableWaiters owner)
    {
        this.owner = owner;
        core.RunContinuationsAsynchronously = true;
    }

    internal long Lsn { get; private set; }

    internal ValueTask Task => new(this, core.Version);

    internal void Reset(long lsn)
    {
        core.Reset();
        settled = 0;
        Lsn = lsn;
    }

    internal void CancelWith(CancellationToken token)
    {
        cancellation = token;
        registration = token.UnsafeRegister(static waiter => ((DurableWaiter)waiter!).Cancel(), this);
    }

    internal void Complete()
    {
        if (Interlocked.Exchange(ref settled, 1) == 0)
        {
            core.SetResult(true);
        }
    }

    internal void Fail(Exception failure)
    {
        if (Interlocked.Exchange(ref settled, 1) == 0)
        {
            core.SetException(failure);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);

    public void GetResult(short token)
    {
        core.GetResult(token);

        // Reached only when the committing thread settled it, and so has let go of it. A wait that was cancelled is
        // still in the committing thread's list, and a callback that has begun may still come: those are not reused.
        var reusable = registration == default || registration.Unregister();
        registration = default;
        cancellation = default;
        if (reusable)
        {
            owner.Return(this);
        }
    }

    private void Cancel()
    {
        if (Interlocked.Exchange(ref settled, 1) == 0)
        {
            core.SetException(new OperationCanceledException(cancellation));
        }
    }
}
