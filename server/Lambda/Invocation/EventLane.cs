namespace Storage.Server.Lambda.Invocation;

/// <summary>
/// What the dispatcher knows of one function's events: the next few, those that run, and whether the function is
/// throttled. Everything else is in the table. Its owner's lock guards it.
/// <para>Invariant: every event whose key is below <see cref="horizon"/> is ahead or running; without a horizon, every
/// event is.</para>
/// </summary>
internal sealed class EventLane(string function, string? horizon)
{
    /// <summary>Events kept in memory, the same for a lane of ten thousand.</summary>
    internal const int AheadMax = 128;

    /// <summary>Below every sort key.</summary>
    internal const string Start = "0";

    private readonly SortedList<string, QueuedEvent> ahead = new(StringComparer.Ordinal);
    private readonly HashSet<string> running = new(StringComparer.Ordinal);
    private string? horizon = horizon;
    private string? arrivedWhileReading;
    private bool isReading;
    private int throttles;

    internal string Function => function;

    internal int Running => running.Count;

    internal int Ahead => ahead.Count;

    /// <summary>When a throttled lane is tried again unless a lease comes back before; null while it is not throttled.</summary>
    internal DateTimeOffset? RetryAt { get; private set; }

    /// <summary>Not looked at before then, after the store failed: an event given back would be taken at once again.</summary>
    internal DateTimeOffset NotBefore { get; set; }

    /// <summary>Whether the next event lies in the table and must be read first.</summary>
    internal bool NeedsReading => horizon is not null && !IsHeadKnown;

    private bool IsHeadKnown =>
        ahead.Count > 0 && (horizon is null || string.CompareOrdinal(ahead.Keys[0], horizon) < 0);

    /// <summary>The next event, due or not; null without any, or when it must be read first.</summary>
    internal QueuedEvent? Peek() => IsHeadKnown ? ahead.Values[0] : null;

    /// <summary>Takes the next event to run it.</summary>
    internal void Take(QueuedEvent head)
    {
        ahead.Remove(head.SortKey);
        running.Add(head.SortKey);
    }

    /// <summary>An event that ran is out of the table, or stands there under another key that was noted before.</summary>
    internal void Finish(QueuedEvent queued) => running.Remove(queued.SortKey);

    /// <summary>An event that ran is still in the table as it was: it will be read again.</summary>
    internal void GiveBack(QueuedEvent queued)
    {
        running.Remove(queued.SortKey);
        LowerHorizon(queued.SortKey);
    }

    /// <summary>An event that is in the table now.</summary>
    internal void Note(QueuedEvent queued)
    {
        if (isReading)
        {
            // The read may or may not see it.
            arrivedWhileReading = Min(arrivedWhileReading, queued.SortKey);
            return;
        }

        if (horizon is not null && string.CompareOrdinal(queued.SortKey, horizon) >= 0)
        {
            return;
        }

        ahead[queued.SortKey] = queued;
        Trim();
    }

    /// <summary>Where to read on from.</summary>
    internal string BeginReading()
    {
        isReading = true;
        arrivedWhileReading = null;
        return horizon ?? Start;
    }

    /// <summary>Takes in what was read.</summary>
    /// <param name="read">Events in order.</param>
    /// <param name="isEnd">Whether there were no more.</param>
    internal void EndReading(IReadOnlyList<QueuedEvent> read, bool isEnd)
    {
        foreach (var queued in read)
        {
            if (!running.Contains(queued.SortKey))
            {
                ahead[queued.SortKey] = queued;
            }
        }

        // Keys have one length, so nothing lies between the last key and this.
        horizon = isEnd ? null : read[^1].SortKey + "!";
        if (arrivedWhileReading is { } arrived)
        {
            LowerHorizon(arrived);
        }

        isReading = false;
        Trim();
    }

    /// <summary>Nothing was read; the next look at the lane reads again.</summary>
    internal void AbandonReading()
    {
        if (arrivedWhileReading is { } arrived)
        {
            LowerHorizon(arrived);
        }

        isReading = false;
    }

    /// <summary>
    /// Refused a lease: waits double from one refusal to the next. A refusal before the wait is over, after a lease of
    /// some function came back, changes nothing.
    /// </summary>
    internal void Throttle(DateTimeOffset now, TimeSpan backoffMin, TimeSpan backoffMax)
    {
        if (RetryAt is { } planned && now < planned)
        {
            return;
        }

        RetryAt = now + Backoff.After(throttles, backoffMin, backoffMax);
        throttles++;
    }

    internal void EndThrottle()
    {
        RetryAt = null;
        throttles = 0;
    }

    private void Trim()
    {
        while (ahead.Count > AheadMax)
        {
            var last = ahead.Count - 1;
            LowerHorizon(ahead.Keys[last]);
            ahead.RemoveAt(last);
        }
    }

    private void LowerHorizon(string sortKey) => horizon = horizon is null ? sortKey : Min(horizon, sortKey);

    private static string Min(string? left, string right) =>
        left is not null && string.CompareOrdinal(left, right) < 0 ? left : right;
}
