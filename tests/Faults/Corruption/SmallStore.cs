using Storage.Engine;
using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Recovery;
using Storage.Engine.Tables;

namespace Storage.Faults.Corruption;

/// <summary>Opens stores with pages and segments so small that a few records fill several of them.</summary>
internal static class SmallStore
{
    /// <summary>Opens, or starts, a store.</summary>
    /// <exception cref="IOException">A file cannot be read; its text names it.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; its text names it.</exception>
    internal static Store Open(IStoreFiles files, TimeProvider time, int seed = 1, Guid? identity = null)
    {
        var options = new StoreOptions { Files = files, Time = time, Seed = seed, InitialPartitions = 2 };
        var log = new LogOptions
        {
            Time = time,
            PageSizeBits = 12,
            SegmentSizeBits = 14,
            BufferPages = 64,
            UndurableBytesMax = 128 * 1024,
            InstanceId = identity,
        };
        var database = new DatabaseOptions(time, seed, options.InitialPartitions, options.Region, options.AccountId);
        return new Store(options, Opening.Open(files, database, log), null);
    }
}
