using Storage.Engine.Api;
using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Recovery;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine;

/// <summary>
/// One store: a directory of tables, or memory only. Safe for use by many threads; several stores live in one process.
/// Every answer, a read's too, comes once what it shows would survive power loss.
/// </summary>
public sealed partial class Store : IAsyncDisposable
{
    private readonly ScopePool<ItemRead> reads = new(() => new ItemRead());
    private readonly ScopePool<ItemWrite> writes = new(() => new ItemWrite());
    private readonly OpenedStore opened;
    private readonly DirectoryLock? directory;
    private readonly Lazy<Task> closed;

    internal Store(StoreOptions options, OpenedStore opened, DirectoryLock? directory)
    {
        Options = options;
        this.opened = opened;
        this.directory = directory;
        closed = new Lazy<Task>(CloseAsync);
        Api = new DynamoDbApi(Database, Changes);
        Streams = new StoreStreams(Database, Changes);
    }

    /// <summary>What the store was opened with.</summary>
    public StoreOptions Options { get; }

    /// <summary>The DynamoDB JSON protocol on this store, without a socket.</summary>
    public DynamoDbApi Api { get; }

    /// <summary>The streams of the tables.</summary>
    public StoreStreams Streams { get; }

    /// <summary>
    /// Why the store does not accept writes, or null while it does: its log failed, and only opening it again tells what
    /// reached the disk; or there is no room to write out what fills its memory, which ends by itself when there is.
    /// </summary>
    public string? WritesStoppedBecause => Database.Poison?.Message ?? Database.Refusal?.Message;

    internal Database Database => opened.Database;

    /// <summary>The changes of tables with a stream.</summary>
    internal ChangeFeed Changes => opened.Changes;

    internal Checkpointer? Checkpointer => opened.Checkpointer;

    /// <summary>Opens the store in a directory, creating it when missing.</summary>
    /// <exception cref="IOException">Another process has the store open; the message names it.</exception>
    /// <exception cref="InvalidDataException">The files are damaged; the message says where. Nothing was changed.</exception>
    public static ValueTask<Store> OpenAsync(string directory, CancellationToken cancellation = default) =>
        OpenAsync(new StoreOptions { Directory = directory }, cancellation);

    /// <summary>Opens a store.</summary>
    /// <exception cref="IOException">Another process has the store open; the message names it.</exception>
    /// <exception cref="InvalidDataException">The files are damaged; the message says where. Nothing was changed.</exception>
    public static async ValueTask<Store> OpenAsync(StoreOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.InitialPartitions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.InitialPartitions, StoreOptions.InitialPartitionsMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MemoryBytes, StoreOptions.MemoryBytesMin);
        if (options.ExpirySweepPeriod is { } period && period != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.Zero);
        }

        cancellation.ThrowIfCancellationRequested();
        var database = new DatabaseOptions(
            options.Time, options.Seed ?? Random.Shared.Next(), options.InitialPartitions, options.Region, options.AccountId)
        {
            ExpirySweepPeriod = options.ExpirySweepPeriod == Timeout.InfiniteTimeSpan ? null : options.ExpirySweepPeriod,
        };
        if (options.Directory is null && options.Files is null)
        {
            return new Store(options, Opening.OpenInMemory(database), null);
        }

        // Replay is work for a thread of its own; the caller's may be one that must not block.
        return await Task.Run(() => OpenOnDisk(options, database), cancellation).ConfigureAwait(false);
    }

    /// <summary>Creates a table, usable at once.</summary>
    /// <exception cref="DynamoDbException">
    /// ResourceInUseException when the name is taken; ValidationException for a wrong definition.
    /// </exception>
    public async ValueTask CreateTableAsync(TableDefinition definition, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        DefinitionRules.CheckUserName(definition.Name);
        await Database.CreateTableAsync(definition, cancellation).ConfigureAwait(false);
    }

    /// <summary>Deletes a table with all its items.</summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException; ValidationException when it is protected.</exception>
    public async ValueTask DeleteTableAsync(string table, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        await Database.DeleteTableAsync(table, cancellation).ConfigureAwait(false);
    }

    /// <summary>The definition of a table, or null when there is none.</summary>
    public async ValueTask<TableDefinition?> FindTableAsync(string table, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        var found = Database.Catalog.Find(table);
        await Database.WaitUntilDurableAsync(found?.CatalogLsn ?? Database.Catalog.Lsn, cancellation).ConfigureAwait(false);
        return found?.Definition;
    }

    /// <summary>Names of all tables but system tables, in ordinal order.</summary>
    public async ValueTask<IReadOnlyList<string>> ListTablesAsync(CancellationToken cancellation = default)
    {
        var lsn = Database.Catalog.Lsn;
        var names = Database.Catalog.Names(null, int.MaxValue);
        await Database.WaitUntilDurableAsync(Math.Max(lsn, Database.Catalog.Lsn), cancellation).ConfigureAwait(false);
        return names;
    }

    /// <summary>
    /// Finishes what is in flight, marks a clean shutdown and releases the directory. Whoever calls again waits for the same.
    /// </summary>
    public ValueTask DisposeAsync() => new(closed.Value);

    private async Task CloseAsync()
    {
        try
        {
            await opened.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            directory?.Dispose();
        }
    }

    private static Store OpenOnDisk(StoreOptions options, DatabaseOptions database)
    {
        if (options.Files is { } files)
        {
            return new Store(options, Open(files, options, database), null);
        }

        var directory = DirectoryLock.Take(options.Directory!, options.Time);
        try
        {
            var disk = new DiskFiles(options.Directory!);
            return new Store(options, Open(disk, options, database), directory);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private static OpenedStore Open(IStoreFiles files, StoreOptions options, DatabaseOptions database) => Opening.Open(
        files,
        database,
        (options.Log ?? new LogOptions()) with { Time = options.Time },
        options.Checkpoints ?? CheckpointOptions.For(options.MemoryBytes));

    private async ValueTask<Table> FindAsync(string name, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(name);
        var table = Database.Catalog.Find(name);

        // That there is no such table is an answer too, and so is what does not fit the table as it is now.
        await Database.WaitUntilDurableAsync(table?.CatalogLsn ?? Database.Catalog.Lsn, cancellation).ConfigureAwait(false);
        return table ?? throw DynamoDbException.ResourceNotFound();
    }
}
