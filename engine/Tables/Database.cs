using System.Collections.Concurrent;
using Storage.Engine.Expressions;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>Reads and writes on tables. Every answer, a read's too, waits until what it shows would survive power loss.</summary>
internal sealed class Database : IAsyncDisposable
{
    private const int PooledCommitsMax = 64;
    private const int PooledRecordBytesMax = 1024 * 1024;

    private readonly StoreLog log;
    private readonly DatabaseState state;
    private readonly WriteRoom room;
    private readonly CatalogCommands commands;
    private readonly ConcurrentQueue<ItemCommit> commits = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Dictionary<uint, Task> backfills = []; // by index id; also the lock of itself and of closed
    private readonly Task sweeping;
    private Task? closed;

    internal Database(DatabaseState state, StoreLog log, DatabaseOptions options)
    {
        this.log = log;
        this.state = state;
        Options = options;
        room = new WriteRoom(log, state.Budget);
        commands = new CatalogCommands(
            state.Catalog, state.System, log, room, state.Applier, options.Time, options.Seed, options.InitialPartitions);
        Catalog.CloseDropped(log.DurableLsn);
        foreach (var table in Catalog.All)
        {
            StartBackfills(table);
        }

        var commit = new ItemCommit(log, state.Applier, state.Tokens, options.Time);
        Sweep = new ExpirySweep(Catalog, commit, log, room, options.Time, closing.Token);
        sweeping = options.ExpirySweepPeriod is { } period
            ? Task.Run(() => new ExpirySweeper(Sweep, Catalog.Expiries, log, period, options.Time).RunAsync(closing.Token))
            : Task.CompletedTask;
    }

    internal Catalog Catalog => state.Catalog;

    /// <summary>Memory that the changes since the checkpoint take, bytes.</summary>
    internal long MemoryBytes => state.Budget.ActiveBytes;

    /// <summary>LSN of the last record.</summary>
    internal long LastLsn => log.LastLsn;

    internal DatabaseOptions Options { get; }

    internal TimeProvider Time => Options.Time;

    /// <summary>Removes what has expired.</summary>
    internal ExpirySweep Sweep { get; }

    /// <summary>AWS Region of ARNs.</summary>
    internal string Region => Options.Region;

    /// <summary>AWS account of ARNs.</summary>
    internal string AccountId => Options.AccountId;

    /// <summary>Parsed expressions, shared by all requests of the store.</summary>
    internal ExpressionCache Expressions { get; } = new();

    /// <summary>Why writes have stopped, or null.</summary>
    internal Exception? Poison => log.Poison;

    /// <summary>Why writes must wait until a checkpoint succeeds again, or null.</summary>
    internal Exception? Refusal => state.Budget.Refusal;

    /// <summary>Creates a table, durable when the answer comes. ResourceInUseException when the name is taken.</summary>
    internal ValueTask<Table> CreateTableAsync(TableDefinition definition, CancellationToken cancellation) =>
        commands.CreateAsync(definition, cancellation);

    /// <summary>Creates a table that was before, empty: its identity, age and number of partitions are kept.</summary>
    internal ValueTask<Table> RestoreTableAsync(TableDefinition definition, StoredTable like, CancellationToken cancellation) =>
        commands.CreateAsync(definition, like, cancellation);

    /// <summary>Deletes a table and returns what it was. ResourceNotFoundException, or ValidationException when protected.</summary>
    internal ValueTask<Table> DeleteTableAsync(string name, CancellationToken cancellation) =>
        commands.DeleteAsync(name, cancellation);

    /// <summary>
    /// Changes a table. An added index is CREATING and filled in the background; it becomes ACTIVE once durable.
    /// ResourceNotFoundException; ResourceInUseException while an index is being created; ValidationException.
    /// </summary>
    internal async ValueTask<Table> UpdateTableAsync(string name, TableChange change, CancellationToken cancellation)
    {
        var table = await commands.UpdateAsync(name, change, cancellation).ConfigureAwait(false);
        StartBackfills(table);
        return table;
    }

    /// <summary>
    /// Switches time to live of a table on or off; <paramref name="choose"/> gives the attribute, or null, of the table as
    /// it is, and may refuse. Items from before are found in the background. ResourceNotFoundException.
    /// </summary>
    internal async ValueTask<Table> UpdateTimeToLiveAsync(
        string name, Func<TableDefinition, string?> choose, CancellationToken cancellation)
    {
        var table = await commands.UpdateTimeToLiveAsync(name, choose, cancellation).ConfigureAwait(false);
        StartBackfills(table);
        return table;
    }

    /// <summary>Completes when no index of the table is being filled any more.</summary>
    internal Task WaitForBackfillsAsync(Table table, CancellationToken cancellation)
    {
        lock (backfills)
        {
            return Task.WhenAll(table.Maintained.Select(index => backfills.GetValueOrDefault(index.Stored.Id, Task.CompletedTask)))
                .WaitAsync(cancellation);
        }
    }

    /// <summary>Writes one item; the outcome is in <see cref="ItemWrite.Result"/>. Throws an invalid update's fault.</summary>
    internal ValueTask WriteAsync(ItemWrite write, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!room.Exists)
        {
            return Wait(write, cancellation);
        }

        var durable = log.WaitUntilDurableAsync(Commit(new ReadOnlySpan<ItemWrite>(ref write), null, out _), cancellation);
        return write.Fault is null ? durable : Throw(durable, write);

        async ValueTask Wait(ItemWrite waiting, CancellationToken token)
        {
            await room.WaitAsync(token).ConfigureAwait(false);
            var lsn = Commit(new ReadOnlySpan<ItemWrite>(ref waiting), null, out _);
            await log.WaitUntilDurableAsync(lsn, token).ConfigureAwait(false);
            ThrowFault(waiting);
        }

        static async ValueTask Throw(ValueTask waited, ItemWrite invalid)
        {
            await waited.ConfigureAwait(false);
            ThrowFault(invalid);
        }
    }

    /// <summary>Writes items one by one, each on its own; waits once for all.</summary>
    internal async ValueTask WriteManyAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellation)
    {
        long lsn = 0;
        for (var i = 0; i < writes.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            await room.WaitAsync(cancellation).ConfigureAwait(false);
            lsn = Math.Max(lsn, CommitOne(writes[i]));
        }

        await log.WaitUntilDurableAsync(lsn, cancellation).ConfigureAwait(false);
        for (var i = 0; i < writes.Count; i++)
        {
            ThrowFault(writes[i]);
        }
    }

    /// <summary>Writes all items or none. When cancelled, each write's own result says why.</summary>
    internal async ValueTask<TransactionResult> TransactWriteAsync(
        IReadOnlyList<ItemWrite> writes, RequestToken? token, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        await room.WaitAsync(cancellation).ConfigureAwait(false);
        var array = writes as ItemWrite[] ?? [.. writes];
        var lsn = Commit(array, token, out var result);
        await log.WaitUntilDurableAsync(lsn, cancellation).ConfigureAwait(false);
        return result;
    }

    /// <summary>Reads one item.</summary>
    internal ValueTask ReadAsync(ItemRead read, CancellationToken cancellation) =>
        log.WaitUntilDurableAsync(Read(read), cancellation);

    /// <summary>Reads items, each on its own; waits once for all.</summary>
    internal ValueTask ReadManyAsync(IReadOnlyList<ItemRead> reads, CancellationToken cancellation)
    {
        long lsn = 0;
        for (var i = 0; i < reads.Count; i++)
        {
            lsn = Math.Max(lsn, Read(reads[i]));
        }

        return log.WaitUntilDurableAsync(lsn, cancellation);
    }

    /// <summary>
    /// Reads items as they were together at one moment: all their partitions' latches are held at once.
    /// ResourceNotFoundException when a table was deleted by that moment.
    /// </summary>
    internal ValueTask TransactReadAsync(IReadOnlyList<ItemRead> reads, CancellationToken cancellation)
    {
        var partitions = new SortedList<uint, Partition>();
        foreach (var read in reads)
        {
            var partition = PartitionOf(read);
            partitions[partition.Id] = partition;
        }

        long lsn = 0;
        var deleted = false;
        var entered = 0;
        RunSet?[]? below = null; // of reads that memory cannot answer; they show the same moment
        try
        {
            for (; entered < partitions.Count; entered++)
            {
                partitions.Values[entered].Latch.EnterRead();
            }

            for (var i = 0; i < reads.Count; i++)
            {
                var read = reads[i];
                deleted |= read.Table.Handle.Current is null;
                if (deleted)
                {
                    break;
                }

                read.Item.Clear();
                lsn = Math.Max(lsn, PartitionOf(read).ReadMemory(read.Key.Span, read.Item, out var found, out var runs));
                read.Found = found;
                if (runs is not null)
                {
                    (below ??= new RunSet[reads.Count])[i] = runs;
                }
            }
        }
        catch
        {
            Release(below);
            throw;
        }
        finally
        {
            while (entered > 0)
            {
                partitions.Values[--entered].Latch.ExitRead();
            }
        }

        if (deleted)
        {
            Release(below);
        }
        else if (below is not null)
        {
            ReadBelow(reads, below);
        }

        return deleted ? NotFound(cancellation) : log.WaitUntilDurableAsync(lsn, cancellation);

        async ValueTask NotFound(CancellationToken token)
        {
            await log.WaitUntilDurableAsync(Catalog.Lsn, token).ConfigureAwait(false);
            throw DynamoDbException.ResourceNotFound();
        }
    }

    /// <summary>Reads outside all latches what memory did not have, and lets go of all runs whatever happens.</summary>
    private static void ReadBelow(IReadOnlyList<ItemRead> reads, RunSet?[] below)
    {
        try
        {
            for (var i = 0; i < below.Length; i++)
            {
                if (below[i] is { } runs)
                {
                    below[i] = null;
                    reads[i].Found = PartitionOf(reads[i]).FindBelow(runs, reads[i].Key.Span, reads[i].Item);
                }
            }
        }
        finally
        {
            Release(below);
        }
    }

    private static void Release(RunSet?[]? below)
    {
        foreach (var runs in below ?? [])
        {
            runs?.Release();
        }
    }

    /// <summary>Completes when everything up to that LSN would survive power loss. For pages: <see cref="RangeCursor.Lsn"/>.</summary>
    internal ValueTask WaitUntilDurableAsync(long lsn, CancellationToken cancellation) =>
        log.WaitUntilDurableAsync(lsn, cancellation);

    /// <summary>Stops background work and closes the log behind a clean-shutdown mark. Whoever calls again waits for the same.</summary>
    public ValueTask DisposeAsync()
    {
        lock (backfills)
        {
            return new ValueTask(closed ??= Task.Run(CloseAsync));
        }
    }

    private async Task CloseAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        Task[] running;
        lock (backfills)
        {
            running = [.. backfills.Values, sweeping];
        }

        // Whatever ended them, the log is closed: an index that is not filled is filled when the store opens again.
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Sweep.DisposeAsync().ConfigureAwait(false);
        await log.DisposeAsync().ConfigureAwait(false);
        state.Close();
        closing.Dispose();
    }

    private static void ThrowFault(ItemWrite write)
    {
        if (write.Fault is { } fault)
        {
            throw fault;
        }
    }

    private static long Read(ItemRead read)
    {
        read.Item.Clear();
        var lsn = PartitionOf(read).Read(read.Key.Span, read.Item, out var found);
        read.Found = found;
        return lsn;
    }

    private static Partition PartitionOf(ItemRead read) => read.Table.Partitions.Route(read.Key.Span);

    private long CommitOne(ItemWrite write) => Commit(new ReadOnlySpan<ItemWrite>(ref write), null, out _);

    private long Commit(ReadOnlySpan<ItemWrite> writes, RequestToken? token, out TransactionResult result)
    {
        if (!commits.TryDequeue(out var commit))
        {
            commit = new ItemCommit(log, state.Applier, state.Tokens, Options.Time);
        }

        try
        {
            return commit.Run(writes, token, out result);
        }
        finally
        {
            if (commit.RecordBytes <= PooledRecordBytesMax && commits.Count < PooledCommitsMax)
            {
                commits.Enqueue(commit);
            }
        }
    }

    private void StartBackfills(Table table)
    {
        lock (backfills)
        {
            foreach (var index in table.Maintained)
            {
                var id = index.Stored.Id;
                if (!index.IsActive && !closing.IsCancellationRequested && !backfills.ContainsKey(id))
                {
                    backfills.Add(id, Task.Run(() => BackfillAsync(table.Handle, id)));
                }
            }
        }
    }

    private async Task BackfillAsync(TableHandle handle, uint indexId)
    {
        try
        {
            await new IndexBackfill(log, room, state.Applier, commands).RunAsync(handle, indexId, closing.Token).ConfigureAwait(false);
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or IOException)
        {
            // The store closes or its log failed: the index stays CREATING and is filled when the store opens again.
        }
        finally
        {
            lock (backfills)
            {
                backfills.Remove(indexId);
            }
        }
    }
}
