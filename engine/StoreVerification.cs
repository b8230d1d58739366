using Storage.Engine.Files;
using Storage.Engine.Model;
using Storage.Engine.Recovery;

namespace Storage.Engine;

/// <summary>Checks the files of a store that nobody has open, and proves that they hold one state. Changes nothing.</summary>
public static class StoreVerification
{
    /// <summary>
    /// Reads every file of a store's directory: each header, record and block, then the state that runs and log fold
    /// into, twice and independently, and every index against its table.
    /// </summary>
    /// <param name="directory">The store's directory.</param>
    /// <param name="found">Called with each finding as it is made; null for none.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <exception cref="IOException">There is no such directory, somebody has the store open, or a file cannot be read.</exception>
    public static async Task<VerificationReport> RunAsync(
        string directory, Action<StoreFinding>? found = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(directory);
        using var held = Take(directory);
        var files = new ReadOnlyDiskFiles(directory);
        return await Task.Run(() => Verify.RunAsync(files, found, cancellation), cancellation).ConfigureAwait(false);
    }

    /// <summary>Locks a directory that must be there already.</summary>
    internal static DirectoryLock Take(string directory) => Directory.Exists(directory)
        ? DirectoryLock.Take(directory, TimeProvider.System)
        : throw new DirectoryNotFoundException($"There is no directory {directory}.");
}
