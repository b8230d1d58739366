using Storage.Engine;
using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Recovery;
using Storage.Engine.Streams;
using Storage.Engine.Tables;
using Storage.Simulation.Oracle;

namespace Storage.Simulation.Rig;

/// <summary>
/// How the rig opens stores: small pages, segments and blocks, so that few operations cross many of them and an image is
/// opened in well under a millisecond. Checkpoints and merges happen when the workload says so.
/// </summary>
internal static class SimulatedStore
{
    private const int PagesMax = 10_000;
    private const int ChangeBytesMax = 16 * 1024;

    private static readonly Guid Identity = new("7d1c9f5e-3b55-4d0f-9a51-0c4f5d0a6e11");

    private static readonly CheckpointOptions Checkpoints = new()
    {
        CacheBytes = 512 * 1024,
        MergeRuns = 3,
        Layout = new RunLayout(512, 256),
        InBackground = false,
        StreamTailBytes = 2 * 1024, // so that readers meet the log and the history, too
    };

    internal static LogGeometry Geometry { get; } = SegmentHeader.Geometry(12, 14, Identity);

    internal static LogOptions LogOptions(TimeProvider time) => new()
    {
        Time = time,
        PageSizeBits = 12,
        SegmentSizeBits = 14,
        BufferPages = 32,
        UndurableBytesMax = 64 * 1024,
        InstanceId = Identity,
    };

    /// <summary>Opens a store to work with. The store closes the checkpointer.</summary>
    internal static (Store Store, Checkpointer Checkpointer) Open(IStoreFiles files, TimeProvider time, int partitions)
    {
        var options = new StoreOptions { Time = time, Seed = 1, InitialPartitions = partitions, Files = files };
        var database = new DatabaseOptions(time, 1, partitions, options.Region, options.AccountId);
        var opened = Opening.Open(files, database, LogOptions(time), Checkpoints);
        return (new Store(options, opened, null), opened.Checkpointer!);
    }

    /// <summary>
    /// Opens only to see what is there: the steps of opening, without the threads that would serve the store then. The
    /// rig's second lives open for good.
    /// </summary>
    /// <param name="files">What is there.</param>
    /// <param name="time">The store's clock.</param>
    /// <param name="streamed">Tables whose streams are read.</param>
    internal static FoundContent Look(IStoreFiles files, TimeProvider time, IEnumerable<uint> streamed)
    {
        using var cache = new BlockCache(Checkpoints.CacheBytes);
        var state = new DatabaseState(MemoryBudget.Unlimited());
        LiveManifest? live = null;
        try
        {
            var manifest = ManifestFile.Read(files);
            if (manifest is not null)
            {
                live = LiveManifest.Open(files, manifest, cache, Checkpoints.Layout);
                state.Restore(live.Runs);
            }

            var from = manifest is { Position.Lsn: > 0 } ? manifest.Position : (LogPosition?)null;
            var tail = ChangeFeed.NewTail(Checkpoints.StreamTailBytes, onDisk: true, time, Checkpoints.HistoryLife);
            tail.Begin(state.Catalog.All.Select(table => table.Stored).Where(table => table.Definition.Stream is not null), from?.Lsn ?? 0);
            using var segments = SegmentFiles.Open(files, LogOptions(time), from);
            var end = new LogScan(segments, from ?? LogPosition.Start(segments.Geometry), new ReplaySink(state.Applier, tail)).Run();
            new LogTail(segments, end).Settle();
            var kept = (time.GetUtcNow() - Checkpoints.HistoryLife).ToUnixTimeMilliseconds() * 1000;
            return new FoundContent(
                end.Lsn,
                ContentDigest.Of(state.System, state.Catalog),
                manifest?.Position.Lsn ?? 0,
                live is null ? 0 : ContentDigest.OfHistory(live.History, kept),
                kept,
                ReadFeeds(new StoppedLog(segments, end.Lsn), tail, live, time, streamed));
        }
        finally
        {
            state.Close();
            live?.Dispose();
        }
    }

    /// <summary>Reads streams from their beginnings, in pages whose size depends on where the log ends.</summary>
    private static List<(uint Table, ulong Digest, int Count)> ReadFeeds(
        StoppedLog log, ChangeTail tail, LiveManifest? live, TimeProvider time, IEnumerable<uint> streamed)
    {
        var found = new List<(uint, ulong, int)>();
        var history = (IStreamHistory?)live ?? new NoHistory(log.Start);
        var feed = ChangeFeed.OnDisk(log, log.Read, tail, history, time, Checkpoints.HistoryLife);
        foreach (var table in streamed)
        {
            ulong digest = 0;
            var count = 0;
            var page = new StreamPage([], default, false);
            for (var pages = 0; !page.IsAtEnd; pages++)
            {
                if (pages > PagesMax)
                {
                    throw new InvalidDataException($"The stream of table {table} has no end.");
                }

                page = feed.ReadAsync(
                    table, null, page.Next, 3 + (int)(log.DurableLsn % 17), ChangeBytesMax, CancellationToken.None).AsTask().GetAwaiter().GetResult();
                foreach (var change in page.Changes)
                {
                    digest = ContentDigest.NextChange(digest, change);
                    count++;
                }
            }

            found.Add((table, digest, count));
        }

        return found;
    }
}
