namespace Storage.Server.Lambda.Invocation;

/// <summary>Reads events of lanes from the table, a few ahead.</summary>
/// <param name="table">Where they are.</param>
/// <param name="gate">Guards the lanes; not held while the table is read.</param>
/// <param name="backoff">How long a lane that could not be read is left alone.</param>
/// <param name="log">Where that is told.</param>
internal sealed class EventLaneReader(EventTable table, Lock gate, TimeSpan backoff, TextWriter log)
{
    /// <summary>Whether the table has events of a function.</summary>
    internal async ValueTask<bool> HasEventsAsync(string function, CancellationToken cancellation)
    {
        await foreach (var _ in table.ReadAsync(function, EventLane.Start, cancellation))
        {
            return true;
        }

        return false;
    }

    /// <summary>Has a lane know its next event; false when that failed. One call at a time for a lane.</summary>
    internal async ValueTask<bool> EnsureHeadKnownAsync(EventLane lane, DateTimeOffset now, CancellationToken stopping)
    {
        string from;
        lock (gate)
        {
            if (!lane.NeedsReading)
            {
                return true;
            }

            from = lane.BeginReading();
        }

        var read = new List<QueuedEvent>();
        try
        {
            await foreach (var queued in table.ReadAsync(lane.Function, from, stopping))
            {
                read.Add(queued);
                if (read.Count == EventLane.AheadMax)
                {
                    break;
                }
            }
        }
        catch (Exception error)
        {
            lock (gate)
            {
                lane.AbandonReading();
                lane.NotBefore = now + backoff;
            }

            stopping.ThrowIfCancellationRequested();
            await log.WriteLineAsync($"The queue of {lane.Function} could not be read: {error.Message}");
            return false;
        }

        lock (gate)
        {
            lane.EndReading(read, isEnd: read.Count < EventLane.AheadMax);
        }

        return true;
    }
}
