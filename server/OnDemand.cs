namespace Storage.Server;

/// <summary>
/// Work that is done once, when it is first needed: those who come meanwhile wait for the same run, and after a failure
/// the next tries again.
/// </summary>
internal sealed class OnDemand(Func<Task> work)
{
    private readonly Lock gate = new();
    private Task? run;

    /// <summary>Completes when the work was done.</summary>
    internal ValueTask DoneAsync()
    {
        lock (gate)
        {
            if (run is null or { IsFaulted: true } or { IsCanceled: true })
            {
                run = Task.Run(work);
            }

            return run.IsCompletedSuccessfully ? ValueTask.CompletedTask : new ValueTask(run);
        }
    }

    /// <summary>Whether the work was begun.</summary>
    internal bool WasAskedFor
    {
        get
        {
            lock (gate)
            {
                return run is not null;
            }
        }
    }
}
