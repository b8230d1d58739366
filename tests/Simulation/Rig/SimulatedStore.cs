using Storage.Engine;
using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Recovery;
using Storage.Engine.Tables;
using Storage.Simulation.Oracle;

namespace Storage.Simulation.Rig;

/// <summary>
/// How the rig opens stores: small pages and segments, so that few operations cross many of them and an image is opened
/// in well under a millisecond.
/// </summary>
internal static class SimulatedStore
{
    private static readonly Guid Identity = new("7d1c9f5e-3b55-4d0f-9a51-0c4f5d0a6e11");

    internal static LogOptions LogOptions(TimeProvider time) => new()
    {
        Time = time,
        PageSizeBits = 12,
        SegmentSizeBits = 14,
        BufferPages = 32,
        UndurableBytesMax = 64 * 1024,
        InstanceId = Identity,
    };

    internal static LogGeometry Geometry { get; } = SegmentHeader.Geometry(12, 14, Identity);

    /// <summary>Opens a store to work with.</summary>
    internal static Store Open(IStoreFiles files, TimeProvider time, int partitions)
    {
        var options = new StoreOptions { Time = time, Seed = 1, InitialPartitions = partitions, Files = files };
        var database = Opening.Open(files, DatabaseOptions(time, partitions), LogOptions(time));
        return new Store(options, database, null);
    }

    /// <summary>
    /// Opens only to see what is there: the very steps of opening, without the threads that would serve the store then.
    /// </summary>
    internal static (long Lsn, ulong Digest) Look(IStoreFiles files, TimeProvider time)
    {
        var state = new DatabaseState();
        using var segments = SegmentFiles.Open(files, LogOptions(time));
        var end = new LogScan(segments, state.Applier).Run();
        new LogTail(segments, end).Settle();
        return (end.Lsn, ContentDigest.Of(state.System, state.Catalog));
    }

    private static DatabaseOptions DatabaseOptions(TimeProvider time, int partitions) =>
        new(time, 1, partitions, "us-east-1", "123456789012");
}
