using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>Counts what a store holds and takes. The counts of items come from the partitions, nothing is scanned.</summary>
internal static class Statistics
{
    /// <summary>Of a store that nobody has open.</summary>
    /// <exception cref="InvalidDataException">The files are damaged; the message says where.</exception>
    internal static StoreStatistics Read(IStoreFiles files)
    {
        var manifest = ManifestFile.Read(files);
        using var opening = new VerifyOpening(files, manifest);
        return Of(opening.State.Catalog, opening.Runs) with
        {
            LastLsn = opening.End?.Lsn ?? 0,
            CheckpointLsn = manifest?.Position.Lsn ?? 0,
            HistoryCount = manifest?.History.Count ?? 0,
            HistoryBytes = manifest?.History.Sum(run => run.LengthBytes) ?? 0,
            MemoryBytes = opening.State.Budget.ActiveBytes,
            SegmentCount = LogOf(files).Count,
            LogBytes = LogOf(files).Bytes,
        };
    }

    /// <summary>Of an open store. Its files may change meanwhile: numbers of files are of one moment each.</summary>
    internal static StoreStatistics Of(OpenedStore opened)
    {
        var database = opened.Database;
        if (opened.Checkpointer?.Live is not { } live)
        {
            return Of(database.Catalog, []) with { LastLsn = database.LastLsn, MemoryBytes = database.MemoryBytes };
        }

        var runs = Hold(live);
        try
        {
            var log = LogOf(live.Files);
            var history = live.Current.History;
            return Of(database.Catalog, runs.Runs) with
            {
                LastLsn = database.LastLsn,
                CheckpointLsn = runs.CheckpointLsn,
                HistoryCount = history.Count,
                HistoryBytes = history.Sum(run => run.LengthBytes),
                MemoryBytes = database.MemoryBytes,
                CacheBytes = live.Cache.UsedBytes,
                SegmentCount = log.Count,
                LogBytes = log.Bytes,
            };
        }
        finally
        {
            runs.Release();
        }
    }

    /// <summary>
    /// A reference to the present runs; whoever replaced them may have let go of the ones just looked at.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    private static RunSet Hold(LiveManifest live)
    {
        while (true)
        {
            var runs = live.Runs;
            try
            {
                runs.Acquire();
                return runs;
            }
            catch (ObjectDisposedException) when (!ReferenceEquals(runs, live.Runs))
            {
            }
        }
    }

    private static StoreStatistics Of(Catalog catalog, IReadOnlyList<RunFile> runs) => new()
    {
        Tables = [.. catalog.All.OrderBy(table => table.Name, StringComparer.Ordinal).Select(table => Of(table, runs))],
        RunLevels =
        [
            .. runs.Select(run => run.Info).GroupBy(run => run.Level).OrderBy(level => level.Key)
                .Select(level => new RunLevelStatistics(level.Key, level.Count(), level.Sum(run => run.LengthBytes))),
        ],
    };

    private static TableStatistics Of(Table table, IReadOnlyList<RunFile> runs) => Of(
        table.Name,
        table.Partitions,
        runs,
        [.. table.Indexes.Select(index => Of(index.Definition.Name, index.Partitions, runs, []))]);

    private static TableStatistics Of(
        string name, PartitionMap map, IReadOnlyList<RunFile> runs, IReadOnlyList<TableStatistics> indexes)
    {
        long bytes = 0;
        long entries = 0;
        long removals = 0;
        foreach (var run in runs)
        {
            if (run.Tables.TryGetValue(map.Id, out var part))
            {
                bytes += part.Bytes;
                entries += part.EntryCount;
                removals += part.RemovalCount;
            }
        }

        return new TableStatistics(name, map.Count, map.SizeBytes, bytes, entries, removals, indexes);
    }

    private static (int Count, long Bytes) LogOf(IStoreFiles files)
    {
        var count = 0;
        long bytes = 0;
        foreach (var name in files.List())
        {
            if (!SegmentFiles.TryParse(name, out _))
            {
                continue;
            }

            try
            {
                using var file = files.Open(name, create: false);
                bytes += file.LengthBytes;
                count++;
            }
            catch (FileNotFoundException)
            {
                // Trimmed since the names were listed.
            }
        }

        return (count, bytes);
    }
}
