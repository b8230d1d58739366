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
    public static Task<VerificationReport> RunAsync(
        string directory, Action<StoreFinding>? found = null, CancellationToken cancellation = default) =>
        RunAsync(directory, found, null, cancellation);

    /// <summary>As the other, and shows every item of a system table, so that what they refer to can be checked, too.</summary>
    /// <param name="directory">The store's directory.</param>
    /// <param name="found">Called with each finding as it is made; null for none.</param>
    /// <param name="systemItem">
    /// Called with the table's name and the item, for all of them when <see cref="VerificationReport.FoldHash"/> is there.
    /// </param>
    /// <param name="cancellation">Ends the check.</param>
    /// <inheritdoc cref="RunAsync(string, Action{StoreFinding}?, CancellationToken)" path="/exception"/>
    public static async Task<VerificationReport> RunAsync(
        string directory, Action<StoreFinding>? found, Action<string, Item>? systemItem, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(directory);
        using var held = Take(directory);
        var files = new ReadOnlyDiskFiles(directory);
        Action<string, ReadOnlyMemory<byte>>? encoded = systemItem is null ? null : (table, item) => systemItem(table, new Item(item));
        return await Task.Run(() => Verify.RunAsync(files, found, cancellation, encoded), cancellation).ConfigureAwait(false);
    }

    /// <summary>Locks a directory that must be there already.</summary>
    internal static DirectoryLock Take(string directory) => Directory.Exists(directory)
        ? DirectoryLock.Take(directory, TimeProvider.System)
        : throw new DirectoryNotFoundException($"There is no directory {directory}.");
}
