using System.Buffers;
using Storage.Engine.Log;
using Storage.Engine.Model;

namespace Storage.Engine.Streams;

/// <summary>
/// The changes of tables with a stream from any position on: history files, then the log, then what becomes durable.
/// Writers know nothing of readers: a slow one reads the log again and holds nobody.
/// </summary>
internal sealed class ChangeFeed : IAsyncDisposable
{
    /// <summary>Bytes of changes that a store in memory only keeps; there is nothing else to read them from.</summary>
    internal const long MemoryStoreBytesMax = 64 * 1024 * 1024;

    private const int CopiedAtOnceMax = 512;

    /// <summary>Steps of one read: each looks at a bounded number of changes.</summary>
    private const int StepsMax = 16;

    private readonly StoreLog log;
    private readonly ChangeTail tail;
    private readonly PastChanges? past;
    private readonly TimeProvider time;
    private readonly TimeSpan life;
    private readonly TaskCompletionSource unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int users = 1; // readers of files at this moment, and the owner
    private int isClosed;

    private ChangeFeed(StoreLog log, ChangeTail tail, PastChanges? past, TimeProvider time, TimeSpan life)
    {
        this.log = log;
        this.tail = tail;
        this.time = time;
        this.life = life;
        this.past = past;
    }

    /// <summary>Everything up to here has become durable and can be read.</summary>
    internal ChangePosition End => ChangePosition.EndOf(log.DurableLsn);

    /// <summary>Bytes of changes in memory.</summary>
    internal long MemoryBytes => tail.Bytes;

    /// <summary>Tables whose changes, or end, are remembered in memory.</summary>
    internal int TablesInMemory => tail.TableCount;

    /// <summary>Times that a reader had to go to the files.</summary>
    internal long FilesRead => past?.FilesRead ?? 0;

    /// <summary>The tail of a feed: to follow a log's replay, and then the log.</summary>
    internal static ChangeTail NewTail(long bytesMax, bool onDisk, TimeProvider time, TimeSpan life) =>
        new(bytesMax, () => KeptSinceMicros(time, life), onDisk);

    /// <summary>The feed of a store on disk whose log the tail follows from the last checkpoint on.</summary>
    /// <param name="log">Tells what is durable.</param>
    /// <param name="readLog">Reads its durable records.</param>
    /// <param name="tail">Was shown all records behind the last checkpoint.</param>
    /// <param name="history">The changes up to there.</param>
    /// <param name="time">The store's clock.</param>
    /// <param name="life">How long changes are shown.</param>
    internal static ChangeFeed OnDisk(
        StoreLog log, LogReading readLog, ChangeTail tail, IStreamHistory history, TimeProvider time, TimeSpan life)
    {
        tail.CheckpointLsn = () => history.Checkpoint.Lsn;
        return new ChangeFeed(log, tail, new PastChanges(readLog, history, tail), time, life);
    }

    /// <summary>The feed of a store in memory only; it follows the log from its first record on.</summary>
    internal static ChangeFeed InMemory(StoreLog log, TimeProvider time, long bytesMax = MemoryStoreBytesMax)
    {
        var tail = NewTail(bytesMax, onDisk: false, time, Limits.StreamRecordLife);
        log.Follow(tail);
        return new ChangeFeed(log, tail, null, time, Limits.StreamRecordLife);
    }

    /// <summary>
    /// The oldest changes still kept of a table lie behind this; a reader before it has lost some
    /// (TrimmedDataAccessException in the API).
    /// </summary>
    internal ChangePosition TrimHorizon(uint tableId)
    {
        Enter();
        try
        {
            var keptSince = KeptSinceMicros(time, life);
            var state = tail.StateOf(tableId, keptSince);
            return state.LastExpired > default(ChangePosition) ? state.LastExpired
                : past is null ? state.LastDropped
                : past.Horizon(tableId, state, keptSince);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>
    /// Reads changes of a table behind a position. Bounded work: a page may be empty though more follows.
    /// <paramref name="partitionId"/> limits them to one shard. Waits for the disk only, never for new changes.
    /// </summary>
    /// <exception cref="IOException">What is kept cannot be read.</exception>
    /// <exception cref="InvalidDataException">What is kept is damaged; the text says where.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    internal ValueTask<StreamPage> ReadAsync(
        uint tableId, uint? partitionId, ChangePosition after, int changesMax, int bytesMax, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Enter();
        try
        {
            var page = new StreamPageBuilder(partitionId, after, changesMax, bytesMax, KeptSinceMicros(time, life));
            for (var step = 0; step < StepsMax && !page.IsFull && !page.IsAtEnd; step++)
            {
                Read(tableId, page);
            }

            return new ValueTask<StreamPage>(page.Build());
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Completes when there may be a durable change of the table behind that position, at once if there is.</summary>
    /// <exception cref="ObjectDisposedException">The store was closed.</exception>
    internal ValueTask WaitAsync(uint tableId, ChangePosition after, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (tail.Wait(tableId, after, log.DurableLsn, out var awaitedLsn) is not { } waited)
        {
            return ValueTask.CompletedTask;
        }

        // It may have become durable before the wait was known.
        if (log.DurableLsn is var durable && awaitedLsn <= durable)
        {
            tail.NoteDurable(durable);
        }

        return new ValueTask(waited.WaitAsync(cancellation));
    }

    /// <summary>
    /// Whether no change of the table can follow a position, because its stream was switched off or, then
    /// <paramref name="isDropped"/>, it was deleted. The log says so; the catalog may learn of it a moment later.
    /// </summary>
    internal bool HasEnded(uint tableId, ChangePosition after, out bool isDropped)
    {
        var state = tail.StateOf(tableId, 0);
        isDropped = state.IsDropped;
        return !state.IsOn && after.Lsn >= state.EndLsn;
    }

    /// <summary>Ends all waits, and waits for reads on their way; the log and the history are closed afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isClosed, 1) == 0)
        {
            tail.Close();
            Leave();
        }

        await unused.Task.ConfigureAwait(false);
    }

    private static long KeptSinceMicros(TimeProvider time, TimeSpan life) =>
        (time.GetUtcNow() - life).ToUnixTimeMilliseconds() * 1000;

    private void Read(uint tableId, StreamPageBuilder page)
    {
        // IMPORTANT: before the tail is looked at. Then the tail has every change up to there.
        var durableLsn = log.DurableLsn;
        var copied = ArrayPool<TailChange>.Shared.Rent(CopiedAtOnceMax);
        var count = 0;
        try
        {
            if (!tail.TryRead(tableId, page.Next, durableLsn, copied, out count, out var dropped, out var isAll))
            {
                past!.Read(tableId, tail.StateOf(tableId, page.KeptSinceMicros), durableLsn, page);
                page.IsAtEnd = !page.IsFull && page.Next >= ChangePosition.EndOf(durableLsn);
                return;
            }

            page.SkipTrimmed(dropped);
            for (var i = 0; i < count; i++)
            {
                isAll &= page.TryAdd(tableId, copied[i]);
            }

            if (isAll)
            {
                page.MoveTo(ChangePosition.EndOf(durableLsn));
                page.IsAtEnd = true;
            }
        }
        finally
        {
            copied.AsSpan(0, count).Clear();
            ArrayPool<TailChange>.Shared.Return(copied);
        }
    }

    private void Enter()
    {
        Interlocked.Increment(ref users);
        if (Volatile.Read(ref isClosed) != 0)
        {
            Leave();
            throw new ObjectDisposedException(null, "The store is closed.");
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            unused.TrySetResult();
        }
    }
}
