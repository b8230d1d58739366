using Storage.Engine;
using Storage.Engine.Model;
using Storage.Server.Blobs;
using Storage.Server.Options;

namespace Storage.Server.Commands;

/// <summary><c>repair --data DIR --to DIR2</c>: saves what can be saved of a damaged store into a new directory.</summary>
internal static class Repair
{
    internal static readonly IReadOnlyList<Flag> Flags =
    [
        new("data", "DIR", "the damaged store's directory (./data); it is not changed"),
        new("to", "DIR", "where the new store goes: empty, or not there yet"),
        new("all-records", null, "also apply records of the log that build on lost ones"),
    ];

    /// <summary>Findings shown; the report file has all.</summary>
    private const int ShownMax = 200;

    /// <summary>Returns the process's exit code: success only when nothing was lost.</summary>
    internal static async Task<int> RunAsync(CommandLine line, TextWriter output, TextWriter errors)
    {
        if (line.WantsHelp)
        {
            Help.Write(output);
            return ExitCode.Success;
        }

        if (line.Words.Count != 0)
        {
            throw new UsageException("repair takes no words: repair --data DIR --to DIR.");
        }

        var target = line.Value("to") ?? throw new UsageException("--to DIR is missing: repair makes a new store there.");
        try
        {
            var shown = 0;
            var source = line.Value("data") ?? "./data";
            var references = new BlobReferences();
            var report = await StoreRepair.RunAsync(source, target, line.IsOn("all-records"), Show, references.Take);
            BlobFiles.CopyWhole(source, target);
            var lostBlobs = new List<StoreFinding>();
            var blobs = BlobVerification.Run(target, references, finding =>
            {
                if (finding.Kind == FindingKind.Damage)
                {
                    lostBlobs.Add(finding with { Kind = FindingKind.Loss });
                    Show(lostBlobs[^1]);
                }
            });
            await File.AppendAllLinesAsync(report.ReportFile, lostBlobs.Select(finding => finding.ToString()));
            if (shown > ShownMax)
            {
                await output.WriteLineAsync($"and {shown - ShownMax} more, all of them in {report.ReportFile}");
            }

            await Verify.WriteAsync(report.Verification, blobs, target, output);
            var lossCount = report.LossCount + lostBlobs.Count;
            await output.WriteLineAsync(
                $"restored: {report.EntryCount} entries of runs, {report.AppliedRecordCount} records of the log; "
                + (lossCount == 0 ? "nothing was lost" : $"{lossCount} findings of what was lost are in {report.ReportFile}"));
            return lossCount == 0 && report.Verification.IsClean ? ExitCode.Success : ExitCode.Failure;

            void Show(StoreFinding finding)
            {
                if (shown++ < ShownMax)
                {
                    output.WriteLine(finding);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await errors.WriteLineAsync(error.Message);
            return ExitCode.Failure;
        }
    }
}
