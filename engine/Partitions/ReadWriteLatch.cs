namespace Storage.Engine.Partitions;

/// <summary>A very short reader-writer latch: many readers or one writer, held only while copying or applying, never across a wait.</summary>
internal sealed class ReadWriteLatch
{
    // Low bits count the readers inside. A waiting writer's mark turns new readers away, so readers cannot starve it.
    private const int Writing = 1 << 30;
    private const int WriterWaits = 1 << 29;

    private int state;

    internal void EnterRead()
    {
        var seen = Volatile.Read(ref state);
        if (seen >= WriterWaits || Interlocked.CompareExchange(ref state, seen + 1, seen) != seen)
        {
            WaitToRead();
        }
    }

    internal void ExitRead() => Interlocked.Decrement(ref state);

    internal void EnterWrite()
    {
        if (Interlocked.CompareExchange(ref state, Writing, 0) != 0)
        {
            WaitToWrite();
        }
    }

    internal void ExitWrite() => Interlocked.And(ref state, ~Writing);

    private void WaitToRead()
    {
        var spin = default(SpinWait);
        while (true)
        {
            var seen = Volatile.Read(ref state);
            if (seen < WriterWaits && Interlocked.CompareExchange(ref state, seen + 1, seen) == seen)
            {
                return;
            }

            spin.SpinOnce(sleep1Threshold: -1); // Sleep(1) would turn a microsecond into a millisecond
        }
    }

    private void WaitToWrite()
    {
        var spin = default(SpinWait);
        while (true)
        {
            var seen = Volatile.Read(ref state);
            if ((seen & ~WriterWaits) == 0)
            {
                // Taking the latch wipes the mark; another waiting writer sets it again on its next turn.
                if (Interlocked.CompareExchange(ref state, Writing, seen) == seen)
                {
                    return;
                }
            }
            else if ((seen & WriterWaits) == 0)
            {
                Interlocked.CompareExchange(ref state, seen | WriterWaits, seen);
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
