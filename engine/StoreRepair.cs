using Storage.Engine.Files;
using Storage.Engine.Model;
using Storage.Engine.Recovery;

namespace Storage.Engine;

/// <summary>Saves what can be saved of a damaged store into a new directory. The old one is not changed.</summary>
public static class StoreRepair
{
    /// <summary>
    /// Makes a new store of everything that can still be read, and writes <c>REPAIR.txt</c> beside it, which lists what
    /// could not. Of a damaged log it applies the records whose partitions lack nothing before them; see
    /// docs/VERIFY_AND_REPAIR.md.
    /// </summary>
    /// <param name="directory">The damaged store, which nobody may have open.</param>
    /// <param name="newDirectory">Where the new store goes: empty, or not there yet.</param>
    /// <param name="appliesAllRecords">
    /// Also applies whole records that build on lost ones: more items, but perhaps such as never were together.
    /// </param>
    /// <param name="found">Called with each finding as it is made; null for none.</param>
    /// <param name="systemItem">Called with each item of a system table that the new store has; null for none.</param>
    /// <param name="cancellation">Ends the repair; what was written by then is no store.</param>
    /// <exception cref="IOException">A directory cannot be used, or a file cannot be read or written.</exception>
    public static async Task<RepairReport> RunAsync(
        string directory,
        string newDirectory,
        bool appliesAllRecords = false,
        Action<StoreFinding>? found = null,
        Action<string, Item>? systemItem = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(newDirectory);
        using var held = StoreVerification.Take(directory);
        if (Directory.Exists(newDirectory) && Directory.EnumerateFileSystemEntries(newDirectory).Any())
        {
            throw new IOException($"{newDirectory} is not empty; a repair needs a new directory.");
        }

        Directory.CreateDirectory(newDirectory);
        var reportFile = Path.Combine(newDirectory, Repair.ReportName);
        RepairResult result;
        var writer = new StreamWriter(reportFile);
        await using (writer.ConfigureAwait(false))
        {
            await writer.WriteLineAsync($"Repair of {Path.GetFullPath(directory)}").ConfigureAwait(false);

            // What expired meanwhile is restored like the rest; opening the new store removes it, as it would have the old.
            var options = new StoreOptions { Directory = newDirectory, ExpirySweepPeriod = null };
            var store = await Store.OpenAsync(options, cancellation).ConfigureAwait(false);
            await using (store.ConfigureAwait(false))
            {
                var files = new ReadOnlyDiskFiles(directory);
                result = await Task.Run(
                    () => Repair.RunAsync(files, store.Database, appliesAllRecords, Found, cancellation), cancellation).ConfigureAwait(false);
            }

            await writer.WriteLineAsync(
                $"{result.EntryCount} entries of runs and {result.AppliedCount} records of the log were restored; "
                + $"{result.Findings.LossCount} findings say what was lost.").ConfigureAwait(false);
        }

        return new RepairReport
        {
            Findings = result.Findings.Kept,
            LossCount = result.Findings.LossCount,
            EntryCount = result.EntryCount,
            AppliedRecordCount = result.AppliedCount,
            LeftRecordCount = result.LeftCount,
            ReportFile = reportFile,
            Verification = await StoreVerification.RunAsync(newDirectory, null, systemItem, cancellation).ConfigureAwait(false),
        };

        void Found(StoreFinding finding)
        {
            writer.WriteLine(finding);
            found?.Invoke(finding);
        }
    }
}
