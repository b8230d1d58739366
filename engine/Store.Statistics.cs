using Storage.Engine.Files;
using Storage.Engine.Model;
using Storage.Engine.Recovery;

namespace Storage.Engine;

public sealed partial class Store
{
    /// <summary>Counts what the store holds and takes, without reading items.</summary>
    public async ValueTask<StoreStatistics> GetStatisticsAsync(CancellationToken cancellation = default)
    {
        var statistics = Statistics.Of(opened);
        await Database.WaitUntilDurableAsync(statistics.LastLsn, cancellation).ConfigureAwait(false);
        return statistics;
    }

    /// <summary>Counts what the store in a directory holds, which nobody may have open. Changes nothing.</summary>
    /// <exception cref="IOException">There is no such directory, somebody has the store open, or a file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The files are damaged; the message says where.</exception>
    public static async Task<StoreStatistics> ReadStatisticsAsync(string directory, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(directory);
        using var held = StoreVerification.Take(directory);
        return await Task.Run(() => Statistics.Read(new ReadOnlyDiskFiles(directory)), cancellation).ConfigureAwait(false);
    }
}
