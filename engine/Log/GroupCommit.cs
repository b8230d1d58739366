using FASTER.core;

namespace Storage.Engine.Log;

/// <summary>
/// The one thread that makes appends durable. While a sync is on its way, appends gather; when it is back, all of them
/// go with the next one. The same thread commits, writes, syncs and publishes, so a commit costs no change of threads
/// but the one that wakes it when it sleeps; it sleeps only when everything appended is durable.
/// <para>It never takes the append lock: an appender may hold that while it waits for the buffer this thread empties.</para>
/// </summary>
internal sealed class GroupCommit : IDisposable
{
    /// <summary>Longest wait for the full buffer before it is tried again.</summary>
    private const int BufferRetryMillis = 10;

    private readonly FasterLog log;
    private readonly LogDevice device;
    private readonly DurableWaiters waiters;
    private readonly TimeProvider time;
    private readonly TimeSpan markInterval;
    private readonly SemaphoreSlim wakeUp = new(0);
    private readonly ManualResetEventSlim bufferMoved = new(false);
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long appendedLsn;
    private long requestedLsn;
    private long requestedAddress;
    private long durableAddress;
    private long markedLsn;
    private long markedTimestamp;
    private int sleeping;
    private volatile ILogFollower? follower;
    private volatile bool stopping;

    internal GroupCommit(FasterLog log, LogDevice device, DurableWaiters waiters, LogOptions options)
    {
        this.log = log;
        this.device = device;
        this.waiters = waiters;
        time = options.Time;
        markInterval = options.MarkInterval;
        markedTimestamp = time.GetTimestamp();
        appendedLsn = requestedLsn = markedLsn = waiters.DurableLsn;
        durableAddress = requestedAddress = log.TailAddress;
        device.Queued = Wake;
        device.Failing = Fail;
        new Thread(Run) { IsBackground = true, Name = "Storage log" }.Start();
    }

    /// <summary>Who hears of what became durable.</summary>
    internal ILogFollower? Follower
    {
        set => follower = value;
    }

    /// <summary>Everything below this address is durable.</summary>
    internal long DurableAddress => Volatile.Read(ref durableAddress);

    /// <summary>LSN of the last record that is wholly in the buffer.</summary>
    internal long AppendedLsn => Volatile.Read(ref appendedLsn);

    /// <summary>Called under the append lock, once a record is wholly in the buffer.</summary>
    internal void NoteAppended(long lsn) => Volatile.Write(ref appendedLsn, lsn);

    /// <summary>Sees to it that the thread looks for work. Called outside the append lock, except when the buffer is full.</summary>
    internal void Wake()
    {
        // The fence keeps the reading of the flag behind the writing of what the thread is to find.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref sleeping) != 0 && Interlocked.Exchange(ref sleeping, 0) != 0)
        {
            wakeUp.Release();
        }
    }

    /// <summary>Ends writing: the first failure stays, and everyone who waits for the disk hears of it.</summary>
    internal void Fail(Exception cause)
    {
        device.Fail();
        waiters.Fail(cause);
        bufferMoved.Set();
        Wake();
    }

    /// <summary>Appends to the buffer, waiting while it is full. Throws when writing has ended.</summary>
    internal void Enqueue(ReadOnlySpan<byte> entry)
    {
        while (true)
        {
            // IMPORTANT: before both looks. A failure, or room, between a look and the reset would wake nobody.
            bufferMoved.Reset();
            ThrowIfPoisoned();
            if (log.TryEnqueue(entry, out _))
            {
                return;
            }

            // FasterLog's own Enqueue would spin here. Full pages are on their way to the disk without a commit. Not
            // without an end: a try that fails may itself set in motion what makes the next one succeed.
            bufferMoved.Wait(BufferRetryMillis);
        }
    }

    internal void ThrowIfPoisoned()
    {
        if (waiters.Poison is { } cause)
        {
            throw new LogPoisonedException(cause);
        }
    }

    /// <summary>Completes when the thread has nothing left to do and is gone.</summary>
    internal Task StopAsync()
    {
        stopping = true;
        Wake();
        return stopped.Task;
    }

    /// <summary>Only after <see cref="StopAsync"/>.</summary>
    public void Dispose()
    {
        wakeUp.Dispose();
        bufferMoved.Dispose();
    }

    private bool HasWork =>
        device.HasQueuedWrites || (waiters.Poison is null && requestedLsn <= waiters.DurableLsn && AppendedLsn > requestedLsn);

    private void Run()
    {
        while (true)
        {
            try
            {
                if (HasWork)
                {
                    Commit();
                }
                else if (stopping)
                {
                    FinishMarks();
                    break;
                }
                else
                {
                    Sleep();
                }
            }
            catch (Exception failure)
            {
                Fail(failure);
            }
        }

        stopped.SetResult();
    }

    private void Commit()
    {
        // One request at a time: its flush may be left to an appender that is just leaving FasterLog, and then comes
        // back as a queued write. The LSN is read before the tail, so the tail covers it.
        if (waiters.Poison is null && requestedLsn <= waiters.DurableLsn && AppendedLsn is var lsn && lsn > requestedLsn)
        {
            requestedAddress = log.TailAddress;
            requestedLsn = lsn;
            log.Commit();
        }

        device.WriteQueued();
        if (!device.HasFailed && requestedLsn > waiters.DurableLsn && log.FlushedUntilAddress >= requestedAddress)
        {
            // Before anyone hears of it: whatever then cuts the log of a killed process shorter is noticed. The file is
            // not synced with the log, so this costs no disk.
            device.WitnessDurable(requestedLsn);

            // A mark makes the next sync write one block more. Where syncs follow each other closely, not each has one.
            if (time.GetElapsedTime(markedTimestamp) >= markInterval)
            {
                Mark(requestedLsn, requestedAddress);
            }

            Volatile.Write(ref durableAddress, requestedAddress);
            waiters.Publish(requestedLsn);
            follower?.NoteDurable(waiters.DurableLsn);
        }

        bufferMoved.Set();
    }

    private void Mark(long lsn, long endAddress)
    {
        device.MarkDurable(lsn, endAddress);
        markedLsn = lsn;
        markedTimestamp = time.GetTimestamp();
    }

    private bool LacksMark => markedLsn < waiters.DurableLsn && waiters.Poison is null && !device.HasFailed;

    private void FinishMarks()
    {
        if (LacksMark)
        {
            Mark(waiters.DurableLsn, durableAddress);
        }

        if (waiters.Poison is null)
        {
            device.SyncMark();
        }
    }

    private void Sleep()
    {
        Interlocked.Exchange(ref sleeping, 1);
        if ((HasWork || stopping) && Interlocked.Exchange(ref sleeping, 0) != 0)
        {
            return;
        }

        if (!LacksMark)
        {
            wakeUp.Wait();
        }
        else if (!wakeUp.Wait(markInterval))
        {
            if (Interlocked.Exchange(ref sleeping, 0) == 0)
            {
                wakeUp.Wait(); // someone has just woken this thread, and his release must not be left for the next sleep
            }

            if (LacksMark)
            {
                Mark(waiters.DurableLsn, durableAddress);
            }
        }
    }
}
