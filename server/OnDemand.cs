namespace Storage.Server;

/// <summary>
/// Work that is done once, when it is first needed: those who come meanwhile wait for the same run, and after a failure
/// the next tries again. So the work must go on where it failed.
/// </summary>
internal sealed class OnDemand(Func<CancellationToken, Task> work) : IDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource closing = new();
    private Task? run;
    private bool closed;

    /// <summary>Completes when the work was done.</summary>
    /// <exception cref="ObjectDisposedException">It was not begun before the closing.</exception>
    internal ValueTask DoneAsync()
    {
        lock (gate)
        {
            if (run is null or { IsFaulted: true } or { IsCanceled: true })
            {
                ObjectDisposedException.ThrowIf(closed, this);
                run = Task.Run(() => work(closing.Token));
            }

            return run.IsCompletedSuccessfully ? ValueTask.CompletedTask : new ValueTask(run);
        }
    }

    /// <summary>Lets nobody begin the work any more, and ends the run under way; false when there never was one.</summary>
    internal async Task<bool> CloseAsync()
    {
        Task? last;
        lock (gate)
        {
            closed = true;
            last = run;
        }

        await closing.CancelAsync();
        if (last is not null)
        {
            await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return last is not null;
    }

    public void Dispose() => closing.Dispose();
}
