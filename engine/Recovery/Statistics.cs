using Storage.Engine.Files;
using Storage.Engine.Log;
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
        return Of(files, manifest, opening.State, opening.Runs, opening.End?.Lsn ?? 0);
    }

    /// <summary>Of a state and the files below it.</summary>
    internal static StoreStatistics Of(
        IStoreFiles files, Manifest? manifest, DatabaseState state, IReadOnlyList<RunFile> runs, long lastLsn)
    {
        var (segments, logBytes) = LogOf(files);
        return new StoreStatistics
        {
            Tables = [.. state.Catalog.All.OrderBy(table => table.Name, StringComparer.Ordinal).Select(table => Of(table, runs))],
            RunLevels =
            [
                .. (manifest?.Runs ?? []).GroupBy(run => run.Level).OrderBy(level => level.Key)
                    .Select(level => new RunLevelStatistics(level.Key, level.Count(), level.Sum(run => run.LengthBytes))),
            ],
            LastLsn = lastLsn,
            CheckpointLsn = manifest?.Position.Lsn ?? 0,
            SegmentCount = segments,
            LogBytes = logBytes,
            HistoryCount = manifest?.History.Count ?? 0,
            HistoryBytes = manifest?.History.Sum(run => run.LengthBytes) ?? 0,
            MemoryBytes = state.Budget.ActiveBytes,
        };
    }

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

    private static (int Segments, long Bytes) LogOf(IStoreFiles files)
    {
        var count = 0;
        long bytes = 0;
        foreach (var name in files.List())
        {
            if (SegmentFiles.TryParse(name, out _))
            {
                using var file = files.Open(name, create: false);
                bytes += file.LengthBytes;
                count++;
            }
        }

        return (count, bytes);
    }
}
