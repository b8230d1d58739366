namespace Storage.Server.Lambda.Invocation;

/// <summary>How many runs are under way, so that closing can wait for the last one.</summary>
internal sealed class RunCount
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int count;
    private bool closed;

    /// <summary>False once closing has begun.</summary>
    internal bool TryEnter()
    {
        lock (gate)
        {
            if (closed)
            {
                return false;
            }

            count++;
            return true;
        }
    }

    /// <summary>Enters for whoever closes only after it has ended what enters.</summary>
    internal void Enter()
    {
        lock (gate)
        {
            count++;
        }
    }

    internal void Leave()
    {
        lock (gate)
        {
            if (--count == 0 && closed)
            {
                drained.TrySetResult();
            }
        }
    }

    /// <summary>Lets nobody in any more, and completes when the last has left.</summary>
    internal Task CloseAsync()
    {
        lock (gate)
        {
            closed = true;
            if (count == 0)
            {
                drained.TrySetResult();
            }
        }

        return drained.Task;
    }
}
