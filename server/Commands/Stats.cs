using Storage.Engine;
using Storage.Engine.Model;
using Storage.Server.Blobs;
using Storage.Server.Options;

namespace Storage.Server.Commands;

/// <summary><c>stats --data DIR</c>: what a store that nobody has open holds, by table and by kind of file.</summary>
internal static class Stats
{
    internal static readonly IReadOnlyList<Flag> Flags = [new("data", "DIR", "the store's directory (./data)")];

    /// <summary>Returns the process's exit code.</summary>
    internal static async Task<int> RunAsync(CommandLine line, TextWriter output, TextWriter errors)
    {
        if (line.WantsHelp)
        {
            Help.Write(output);
            return ExitCode.Success;
        }

        if (line.Words.Count != 0)
        {
            throw new UsageException("stats takes no words: stats --data DIR.");
        }

        try
        {
            var directory = line.Value("data") ?? "./data";
            await WriteAsync(await Store.ReadStatisticsAsync(directory), output);
            if (BlobFiles.CountIn(directory) is { Count: > 0 } blobs)
            {
                await output.WriteLineAsync(Verify.Line(blobs));
            }

            return ExitCode.Success;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await errors.WriteLineAsync(error.Message);
            return ExitCode.Failure;
        }
    }

    private static async Task WriteAsync(StoreStatistics statistics, TextWriter output)
    {
        foreach (var table in statistics.Tables)
        {
            await output.WriteLineAsync(Line("table " + table.Name, table));
            foreach (var index in table.Indexes)
            {
                await output.WriteLineAsync(Line("  index " + index.Name, index));
            }
        }

        foreach (var level in statistics.RunLevels)
        {
            await output.WriteLineAsync($"level {level.Level}: {level.RunCount} runs of {level.Bytes} bytes");
        }

        await output.WriteLineAsync($"log: {statistics.SegmentCount} segments of {statistics.LogBytes} bytes, "
            + $"records {statistics.CheckpointLsn + 1} to {statistics.LastLsn} are replayed when it opens");
        await output.WriteLineAsync($"history: {statistics.HistoryCount} files of {statistics.HistoryBytes} bytes");
        await output.WriteLineAsync($"memory: {statistics.MemoryBytes} bytes of changes since the checkpoint");
    }

    private static string Line(string name, TableStatistics part) =>
        $"{name}: {part.ItemCount} items, {part.SizeBytes} bytes; in runs {part.RunEntryCount} entries of {part.RunBytes} bytes, "
        + $"{part.RunRemovalCount} of them removals";
}
