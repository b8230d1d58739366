using System.Threading.Channels;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>
/// Moves what the log's tail changed into runs, so that the log can be trimmed, memory used anew and the store opened
/// soon; and merges runs, so that they stay few. One checkpoint and one merge at a time; only the change of the
/// manifest excludes the other.
/// </summary>
/// <remarks>
/// A checkpoint: freeze all partitions at one place in the log; wait until that is durable; write one run; write the
/// history of streams; replace the manifest; let the partitions read the run; trim the log. Whatever fails on the way
/// leaves the frozen memory where it is, readable, and is tried again: the log still has everything.
/// </remarks>
internal sealed class Checkpointer : IAsyncDisposable
{
    private readonly DatabaseState state;
    private readonly DiskLog log;
    private readonly CheckpointOptions options;
    private readonly TimeProvider time;
    private readonly RunMerging merging;
    private readonly HistoryKeeping history;
    private readonly SemaphoreSlim checkpointing = new(1);
    private readonly Channel<bool> checkpointWanted = Signals();
    private readonly Channel<bool> mergeWanted = Signals();
    private readonly CancellationTokenSource closing = new();
    private readonly Task[] loops;
    private FrozenStore? pending;
    private volatile LiveTables tables;
    private volatile Exception? failure; // of the last checkpoint or merge
    private long longestFreezeTicks;
    private long checkpointCount;

    /// <summary>Takes over a store whose log has been replayed; <paramref name="asOfCheckpoint"/> is what it was before that.</summary>
    internal Checkpointer(
        LiveManifest live, DatabaseState state, DiskLog log, CheckpointState asOfCheckpoint, CheckpointOptions options, TimeProvider time)
    {
        Live = live;
        this.state = state;
        this.log = log;
        this.options = options;
        this.time = time;
        tables = asOfCheckpoint.Tables;
        merging = new RunMerging(live, RunKind.State, options.MergeRuns);
        history = new HistoryKeeping(live, log, options, time, asOfCheckpoint.StreamTables);
        if (!options.InBackground)
        {
            loops = [];
            return;
        }

        state.Budget.CheckpointWanted = () => checkpointWanted.Writer.TryWrite(true);
        checkpointWanted.Writer.TryWrite(true);
        mergeWanted.Writer.TryWrite(true);
        loops = [Task.Run(CheckpointLoopAsync), Task.Run(MergeLoopAsync)];
    }

    internal LiveManifest Live { get; }

    /// <summary>The longest time that writers were held for a checkpoint.</summary>
    internal TimeSpan LongestFreeze => TimeSpan.FromTicks(Volatile.Read(ref longestFreezeTicks));

    /// <summary>Checkpoints made since the store was opened.</summary>
    internal long CheckpointCount => Volatile.Read(ref checkpointCount);

    /// <summary>Makes a checkpoint of everything appended by now. Does nothing when the last one has it all.</summary>
    /// <exception cref="IOException">The disk is full or failing; the store goes on, and a later call tries again.</exception>
    /// <exception cref="LogPoisonedException">The log failed: nothing may be made permanent any more.</exception>
    internal async Task CheckpointAsync(CancellationToken cancellation)
    {
        await checkpointing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (pending is null)
            {
                if (log.LastLsn == Live.Current.Position.Lsn)
                {
                    return;
                }

                pending = Freeze();
            }

            await log.WaitUntilDurableAsync(pending.Position.Lsn, cancellation).ConfigureAwait(false);
            await WriteAsync(pending, cancellation).ConfigureAwait(false);
        }
        finally
        {
            checkpointing.Release();
        }

        mergeWanted.Writer.TryWrite(true);
    }

    /// <summary>Merges until no level has too many runs.</summary>
    /// <exception cref="IOException">The disk is full or failing, or a run is damaged; nothing has changed.</exception>
    internal async Task MergeAsync(CancellationToken cancellation)
    {
        while (await MergeOnceAsync(cancellation).ConfigureAwait(false))
        {
        }

        await history.MergeAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Ends the background work; what is unfinished is in the log. The files are closed by <see cref="Live"/>'s owner.</summary>
    public async ValueTask DisposeAsync()
    {
        state.Budget.CheckpointWanted = null;
        await closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(loops).ConfigureAwait(false);
        closing.Dispose();
        checkpointing.Dispose();
        merging.Dispose();
        history.Dispose();
    }

    /// <summary>At most one signal waits: more than one means no more than one.</summary>
    private static Channel<bool> Signals() =>
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private FrozenStore Freeze()
    {
        var start = time.GetTimestamp();
        var frozen = FrozenStore.Take(state, log);
        Volatile.Write(ref longestFreezeTicks, Math.Max(longestFreezeTicks, time.GetElapsedTime(start).Ticks));
        return frozen;
    }

    private async Task WriteAsync(FrozenStore frozen, CancellationToken cancellation)
    {
        var before = Live.Current.Position;
        RunInfo[] added = frozen.IsEmpty ? [] :
        [
            Live.Write(
                RunKind.State, before.Lsn + 1, frozen.Position.Lsn, frozen.Position.TimeMicros,
                run => frozen.WriteTo(run, cancellation)),
        ];
        var past = new List<RunInfo>();
        try
        {
            history.Collect(before, frozen, past);
            await PublishAsync(frozen, added, past, cancellation).ConfigureAwait(false);
        }
        catch
        {
            await Live.DiscardAsync(RunKind.State, added).ConfigureAwait(false);
            await Live.DiscardAsync(RunKind.History, past).ConfigureAwait(false);
            throw;
        }

        // From here on it is made, whatever comes of trimming: the next one trims too.
        pending = null;
        Interlocked.Increment(ref checkpointCount);
        state.Catalog.CloseDropped(frozen.Position.Lsn);
        state.Budget.Refuse(null);
        log.Trim(frozen.Position);
    }

    private async Task PublishAsync(FrozenStore frozen, IEnumerable<RunInfo> added, IEnumerable<RunInfo> past, CancellationToken cancellation)
    {
        // IMPORTANT: a failed log may have lost what memory shows. Only what it made durable may become permanent.
        if (log.Poison is { } cause)
        {
            throw new LogPoisonedException(cause);
        }

        await Live.ReplaceAsync(
            manifest => history.WithoutExpired(manifest with
            {
                Position = frozen.Position,
                Runs = [.. added, .. manifest.Runs],
                History = [.. past, .. manifest.History],
            }),
            state.Publish,
            cancellation).ConfigureAwait(false);
        tables = frozen.Tables;
        history.Confirm(frozen);
    }

    private Task<bool> MergeOnceAsync(CancellationToken cancellation)
    {
        // As of a checkpoint that is on disk: a table that only the log's tail drops is still there after a crash.
        var asOfCheckpoint = tables;
        return merging.MergeOnceAsync((key, _) => asOfCheckpoint.IsDead(key), state.Publish, cancellation);
    }

    private async Task CheckpointLoopAsync()
    {
        while (await WaitAsync(checkpointWanted).ConfigureAwait(false))
        {
            while (!closing.IsCancellationRequested && (state.Budget.WantsCheckpoint || pending is not null))
            {
                try
                {
                    await LetMergesCatchUpAsync().ConfigureAwait(false);
                    await CheckpointAsync(closing.Token).ConfigureAwait(false);
                    failure = null;
                }
                catch (LogPoisonedException poisoned)
                {
                    state.Budget.Refuse(poisoned); // no checkpoint will ever make room for who waits
                    return;
                }
                catch (Exception failed) when (failed is not OperationCanceledException)
                {
                    failure = failed;
                    state.Budget.Refuse(failed);
                    await RestAsync().ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Runs that come faster than merges take them would make every read ask all of them.</summary>
    private async Task LetMergesCatchUpAsync()
    {
        while (failure is null && merging.FreshRuns > options.FreshRunsMax)
        {
            await MergeOnceAsync(closing.Token).ConfigureAwait(false);
        }
    }

    private async Task MergeLoopAsync()
    {
        while (await WaitAsync(mergeWanted).ConfigureAwait(false))
        {
            try
            {
                await MergeAsync(closing.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failed)
            {
                // Reads and checkpoints go on without merges. The next checkpoint asks for one again.
                failure = failed;
                await RestAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> WaitAsync(Channel<bool> wanted)
    {
        try
        {
            return await wanted.Reader.ReadAsync(closing.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task RestAsync() =>
        await Task.Delay(options.RetryAfter, time, closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
