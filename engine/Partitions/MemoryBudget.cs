namespace Storage.Engine.Partitions;

/// <summary>
/// Bytes of active sorted memory in all partitions of a store, and how many there may be. Partitions report what they
/// took or gave back after each change; writers wait for room before they take a lock. Also counts the bytes of log
/// that an opening would have to fold: a checkpoint makes both small again.
/// </summary>
/// <param name="checkpointBytes">A checkpoint is wanted from here on.</param>
/// <param name="bytesMax">Writers wait from here on.</param>
/// <param name="checkpointLogBytes">A checkpoint is wanted when so many bytes of log came since the last.</param>
internal sealed class MemoryBudget(long checkpointBytes, long bytesMax, long checkpointLogBytes = long.MaxValue)
{
    private readonly Lock gate = new();
    private TaskCompletionSource? change; // of room or refusal; shared by all who wait. Under the gate.
    private Exception? refusal;
    private long activeBytes;
    private long loggedBytes;

    /// <summary>For a store in memory only.</summary>
    internal static MemoryBudget Unlimited() => new(long.MaxValue, long.MaxValue);

    /// <summary>Memory taken by active sorted memory, bytes.</summary>
    internal long ActiveBytes => Volatile.Read(ref activeBytes);

    internal bool HasRoom => ActiveBytes < bytesMax;

    internal bool WantsCheckpoint => ActiveBytes >= checkpointBytes || Volatile.Read(ref loggedBytes) >= checkpointLogBytes;

    /// <summary>Why memory cannot be written out while it is full, or null.</summary>
    internal Exception? Refusal => HasRoom ? null : Volatile.Read(ref refusal);

    /// <summary>
    /// Called once each time that memory or log grows beyond the checkpoint's share, by whoever made it grow and under that
    /// partition's latch: it may only wake somebody.
    /// </summary>
    internal Action? CheckpointWanted { get; set; }

    /// <summary>A partition's active memory grew or shrank by that much.</summary>
    internal void Report(long bytes)
    {
        var now = Interlocked.Add(ref activeBytes, bytes);
        var before = now - bytes;
        if (before < checkpointBytes && now >= checkpointBytes)
        {
            CheckpointWanted?.Invoke();
        }
        else if (before >= bytesMax && now < bytesMax)
        {
            Wake();
        }
    }

    /// <summary>A record of that many bytes was applied.</summary>
    internal void ReportLogged(long bytes)
    {
        if (checkpointLogBytes == long.MaxValue)
        {
            return; // in memory only: a counter that all writers share would cost and tell nothing
        }

        var now = Interlocked.Add(ref loggedBytes, bytes);
        if (now >= checkpointLogBytes && now - bytes < checkpointLogBytes)
        {
            CheckpointWanted?.Invoke();
        }
    }

    /// <summary>A checkpoint has all that was applied by now; no record is being applied.</summary>
    internal void StartLog() => Volatile.Write(ref loggedBytes, 0);

    /// <summary>
    /// While memory is full and checkpoints fail for that reason, whoever waits for room is refused with it. Null: they
    /// succeed again.
    /// </summary>
    internal void Refuse(Exception? reason)
    {
        Volatile.Write(ref refusal, reason);
        Wake();
    }

    /// <summary>Completes when there is room; <paramref name="patient"/> waits also while checkpoints fail.</summary>
    /// <exception cref="IOException">Memory is full and cannot be written out.</exception>
    internal ValueTask WaitForRoomAsync(bool patient, CancellationToken cancellation) =>
        HasRoom ? ValueTask.CompletedTask : WaitAsync(patient, cancellation);

    private async ValueTask WaitAsync(bool patient, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (gate)
            {
                // Looked at again under the gate: whoever makes room after this finds what it must complete.
                if (HasRoom)
                {
                    return;
                }

                if (!patient && refusal is { } reason)
                {
                    throw new IOException($"Memory is full and cannot be written to disk: {reason.Message}", reason);
                }

                changed = (change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private void Wake()
    {
        TaskCompletionSource? waited;
        lock (gate)
        {
            waited = change;
            change = null;
        }

        waited?.SetResult();
    }
}
