using Storage.Engine;
using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Recovery;

namespace Storage.Faults.Corruption;

/// <summary>
/// Opens stores with pages, segments and blocks so small that a few records fill several of them. Checkpoints and merges
/// happen when they are asked for.
/// </summary>
internal static class SmallStore
{
    private static readonly CheckpointOptions Checkpoints = new()
    {
        CheckpointMemoryBytes = 1024 * 1024,
        MemoryBytesMax = 8 * 1024 * 1024,
        CheckpointLogBytes = 8 * 1024 * 1024,
        CacheBytes = 128 * 1024,
        Layout = new RunLayout(512, 128),
        MergeRuns = 3,
        InBackground = false,
    };

    /// <summary>Opens, or starts, a store.</summary>
    /// <exception cref="IOException">A file cannot be read; its text names it.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; its text names it.</exception>
    internal static async Task<Store> OpenAsync(IStoreFiles files, TimeProvider time, int seed = 1, Guid? identity = null) =>
        await Store.OpenAsync(new StoreOptions
        {
            Files = files,
            Time = time,
            Seed = seed,
            InitialPartitions = 2,
            Checkpoints = Checkpoints,
            Log = new LogOptions
            {
                PageSizeBits = 12,
                SegmentSizeBits = 14,
                BufferPages = 64,
                UndurableBytesMax = 128 * 1024,
                InstanceId = identity,
            },
        });
}
