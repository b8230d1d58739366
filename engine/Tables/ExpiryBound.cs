namespace Storage.Engine.Tables;

/// <summary>
/// A second below which an expiry index has no entry that the sweeper must still look at: it begins there, and passes by
/// all that was removed before. Only in memory: 0, nothing is known, until a first sweep.
/// <para>Whoever adds an entry includes it afterwards; the sweeper takes the bound before it reads. So either the reading
/// sees the entry or the bound does.</para>
/// </summary>
internal sealed class ExpiryBound(ExpirySignal signal)
{
    private long seconds;

    internal long Seconds => Volatile.Read(ref seconds);

    /// <summary>Moves the bound down to a second, if it lies behind it.</summary>
    internal void Include(long expirySeconds)
    {
        var known = Volatile.Read(ref seconds);
        while (expirySeconds < known)
        {
            var seen = Interlocked.CompareExchange(ref seconds, expirySeconds, known);
            if (seen == known)
            {
                signal.Offer(expirySeconds);
                return;
            }

            known = seen;
        }
    }

    /// <summary>Gives the bound and moves it behind everything; for the sweeper, which includes what it leaves.</summary>
    internal long Take() => Interlocked.Exchange(ref seconds, long.MaxValue);
}
