using Storage.Engine;
using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Recovery;
using Storage.Engine.Tables;
using Storage.Simulation.Oracle;

namespace Storage.Simulation.Rig;

/// <summary>
/// How the rig opens stores: small pages, segments and blocks, so that few operations cross many of them and an image is
/// opened in well under a millisecond. Checkpoints and merges happen when the workload says so.
/// </summary>
internal static class SimulatedStore
{
    private static readonly Guid Identity = new("7d1c9f5e-3b55-4d0f-9a51-0c4f5d0a6e11");

    private static readonly CheckpointOptions Checkpoints = new()
    {
        CacheBytes = 512 * 1024,
        MergeRuns = 3,
        Layout = new RunLayout(512, 256),
        InBackground = false,
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
    internal static FoundContent Look(IStoreFiles files, TimeProvider time)
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
            using var segments = SegmentFiles.Open(files, LogOptions(time), from);
            var end = new LogScan(segments, from ?? LogPosition.Start(segments.Geometry), state.Applier).Run();
            new LogTail(segments, end).Settle();
            return new FoundContent(
                end.Lsn,
                ContentDigest.Of(state.System, state.Catalog),
                manifest?.Position.Lsn ?? 0,
                live is null ? 0 : ContentDigest.OfHistory(live.History));
        }
        finally
        {
            state.Close();
            live?.Dispose();
        }
    }
}
