using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>
/// Opens a store: reads the manifest, opens the runs it names, restores what they say of partitions, catalog and
/// tokens, folds the log's tail over that, and starts a database on what that gave.
/// </summary>
internal static class Opening
{
    /// <summary>A store in memory only.</summary>
    internal static OpenedStore OpenInMemory(DatabaseOptions options)
    {
        var log = new MemoryLog(options.Time);
        var changes = ChangeFeed.InMemory(log, options.Time);
        return new OpenedStore(new Database(new DatabaseState(MemoryBudget.Unlimited()), log, options), changes, null);
    }

    /// <summary>A store on files.</summary>
    /// <exception cref="IOException">The files cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is missing, is damaged below what is known to be durable, or belongs to another store; the text names it.
    /// Nothing was changed.
    /// </exception>
    internal static OpenedStore Open(IStoreFiles files, DatabaseOptions options, LogOptions logOptions, CheckpointOptions checkpoints)
    {
        var cache = new BlockCache(checkpoints.CacheBytes);
        LiveManifest? live = null;
        DiskLog? log = null;
        try
        {
            var manifest = ManifestFile.Read(files);
            var state = new DatabaseState(new MemoryBudget(checkpoints.CheckpointMemoryBytes, checkpoints.MemoryBytesMax, checkpoints.CheckpointLogBytes));
            if (manifest is not null)
            {
                live = LiveManifest.Open(files, manifest, cache, checkpoints.Layout);
                state.Restore(live.Runs);
                logOptions = logOptions with { InstanceId = manifest.Store, SaidBy = ManifestFile.Name };
            }

            var asOfCheckpoint = CheckpointState.Of(state);
            var from = manifest is { Position.Lsn: > 0 } ? manifest.Position : (LogPosition?)null;
            var tail = ChangeFeed.NewTail(checkpoints.StreamTailBytes, onDisk: true, options.Time, checkpoints.HistoryLife);
            tail.Begin(state.Catalog.All.Select(table => table.Stored).Where(table => table.Definition.Stream is not null), from?.Lsn ?? 0);
            log = OpenLog(files, logOptions, from, new ReplaySink(state.Applier, tail), isFirst: manifest is null);
            live ??= Begin(files, log, cache, checkpoints);
            DeleteUnnamed(files, live.Current);
            log.Follow(tail);
            var changes = ChangeFeed.OnDisk(log, log.Read, tail, live, options.Time, checkpoints.HistoryLife);
            return new OpenedStore(
                new Database(state, log, options), changes, new Checkpointer(live, state, log, asOfCheckpoint, checkpoints, options.Time));
        }
        catch
        {
            log?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            live?.Dispose();
            cache.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A log that begins with its first record needs no manifest. One that does not, beside runs, has lost its manifest.
    /// </summary>
    private static DiskLog OpenLog(IStoreFiles files, LogOptions options, LogPosition? from, IRecordSink sink, bool isFirst)
    {
        try
        {
            return DiskLog.Open(files, options, from, sink);
        }
        catch (InvalidDataException damage) when (isFirst && files.List().Any(name => RunWriter.TryParseName(name, out _, out _)))
        {
            throw new InvalidDataException(
                $"{ManifestFile.Name} is missing: there are runs, and the log alone is not the whole store. Nothing was changed. "
                + $"Restore the file from a copy, or run 'repair'. ({damage.Message})",
                damage);
        }
    }

    /// <summary>
    /// The first manifest of a store. The log's first segment is durable by now: from here on its absence is a loss and
    /// not a beginning.
    /// </summary>
    private static LiveManifest Begin(IStoreFiles files, DiskLog log, BlockCache cache, CheckpointOptions checkpoints)
    {
        var manifest = new Manifest(log.Identity, 1, log.Start, NextNumber(files), [], []);
        ManifestFile.Replace(files, manifest);
        return LiveManifest.Open(files, manifest, cache, checkpoints.Layout);
    }

    private static long NextNumber(IStoreFiles files) =>
        1 + files.List().Max(name => RunWriter.TryParseName(name, out _, out var number) ? number : 0);

    /// <summary>
    /// What a crash left between writing a file and naming it, or between naming its successor and deleting it. Only once
    /// the store is open: until then nothing is changed.
    /// </summary>
    private static void DeleteUnnamed(IStoreFiles files, Manifest manifest)
    {
        var named = manifest.Runs.Select(run => RunWriter.NameOf(RunKind.State, run.Number))
            .Concat(manifest.History.Select(run => RunWriter.NameOf(RunKind.History, run.Number)))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var name in files.List())
        {
            if (name == ManifestFile.NextName || (RunWriter.TryParseName(name, out _, out _) && !named.Contains(name)))
            {
                files.Delete(name);
            }
        }
    }
}
