using Storage.Engine;
using Storage.Engine.Model;
using Storage.Server.Blobs;
using Storage.Server.Options;

namespace Storage.Server.Commands;

/// <summary><c>verify --data DIR</c>: reads every file of a store that nobody has open and says what is damaged.</summary>
internal static class Verify
{
    internal static readonly IReadOnlyList<Flag> Flags = [new("data", "DIR", "the store's directory (./data)")];

    /// <summary>Returns the process's exit code: success only for a store without damage.</summary>
    internal static async Task<int> RunAsync(CommandLine line, TextWriter output, TextWriter errors)
    {
        if (line.WantsHelp)
        {
            Help.Write(output);
            return ExitCode.Success;
        }

        if (line.Words.Count != 0)
        {
            throw new UsageException("verify takes no words: verify --data DIR.");
        }

        var directory = line.Value("data") ?? "./data";
        try
        {
            var references = new BlobReferences();
            var report = await StoreVerification.RunAsync(directory, finding => output.WriteLine(finding), references.Take);
            var blobs = BlobVerification.Run(directory, report.FoldHash is null ? null : references, finding => output.WriteLine(finding));
            await WriteAsync(report, blobs, directory, output);
            return report.IsClean && blobs.DamageCount == 0 ? ExitCode.Success : ExitCode.Failure;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await errors.WriteLineAsync(error.Message);
            return ExitCode.Failure;
        }
    }

    /// <summary>The summary, fold hash last.</summary>
    internal static async Task WriteAsync(VerificationReport report, BlobCounts blobs, string directory, TextWriter output)
    {
        var damageCount = report.DamageCount + blobs.DamageCount;
        foreach (var table in report.Tables)
        {
            await output.WriteLineAsync(
                $"table {table.Name}: {table.ItemCount} items, {table.SizeBytes} bytes, {table.IndexCount} indexes, content {table.ContentHash}");
        }

        if (blobs.Count > 0)
        {
            await output.WriteLineAsync(Line(blobs));
        }

        await output.WriteLineAsync(
            $"read: {report.RecordCount} records in {report.SegmentCount} log segments of {report.LogBytes} bytes, "
            + $"{report.RunCount} runs of {report.RunBytes} bytes, {report.HistoryCount} history files of {report.HistoryBytes} bytes");
        if (report.FoldHash is { } hash)
        {
            await output.WriteLineAsync($"fold {hash} up to record {report.LastLsn}");
        }

        await output.WriteLineAsync(damageCount == 0
            ? $"{directory} is clean"
            : $"{directory} is damaged: {damageCount} findings; 'repair --data {directory} --to DIR' saves what can be saved");
    }

    /// <summary>What a store has beside its tables.</summary>
    internal static string Line(BlobCounts blobs) => $"blobs: {blobs.Count} files of {blobs.Bytes} bytes";
}
