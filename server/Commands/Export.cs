using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using Storage.Engine.Api;
using Storage.Server.Options;
using Storage.Server.Transfer;

namespace Storage.Server.Commands;

/// <summary>
/// <c>export --table NAME FILE</c>: writes a table as DynamoDB JSON lines by a parallel Scan. The file appears under
/// its name only when it is whole.
/// </summary>
internal static class Export
{
    internal static readonly IReadOnlyList<Flag> Flags = TransferTarget.Flags;

    private const int Segments = 4;

    /// <summary>Returns the process's exit code.</summary>
    internal static async Task<int> RunAsync(CommandLine line, TextWriter output, TextWriter errors)
    {
        if (line.WantsHelp)
        {
            Help.Write(output);
            return ExitCode.Success;
        }

        if (line.Words.Count != 1)
        {
            throw new UsageException("export needs one file: export --table NAME FILE.");
        }

        var path = line.Words[0];
        var partial = path + ".partial";
        try
        {
            await using var target = await TransferTarget.OpenAsync(line);
            var expected = await target.RequireTableAsync(key: null, CancellationToken.None);
            var progress = new TransferProgress("Exported", output, !Console.IsOutputRedirected, TimeProvider.System);
            await using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                await using Stream content = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                    ? new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true)
                    : new BufferedStream(file);
                await progress.ShowAsync(() => ScanAsync(target, content, progress, expected));
            }

            File.Move(partial, path, overwrite: true);
            await output.WriteLineAsync(progress.Summary($"of {target.Table} to {path}"));
            return ExitCode.Success;
        }
        catch (Exception error) when (error is TransferException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            File.Delete(partial);
            await errors.WriteLineAsync(error.Message);
            return ExitCode.Failure;
        }
    }

    private static async Task ScanAsync(TransferTarget target, Stream content, TransferProgress progress, long expected)
    {
        using var oneWriter = new SemaphoreSlim(1);
        await Task.WhenAll(Enumerable.Range(0, Segments).Select(segment => Task.Run(() => ScanSegmentAsync(segment))));

        async Task ScanSegmentAsync(int segment)
        {
            using var answer = new ResponseBuffer();
            using var lines = new ResponseBuffer();
            ReadOnlyMemory<byte> lastKey = default;
            do
            {
                var request = ScanRequest(target.Table, segment, lastKey);
                if (await target.Door.CallAsync("Scan", request, answer, CancellationToken.None) is { } error)
                {
                    throw new TransferException($"Scan was refused: {error.Message}");
                }

                lines.Clear();
                progress.Add(ScanPage.WriteLines(answer.Written, lines, out lastKey));
                if (expected > 0)
                {
                    progress.ReachedFraction(Math.Min(1, (double)progress.Items / expected));
                }

                await oneWriter.WaitAsync();
                try
                {
                    await content.WriteAsync(lines.Written);
                }
                finally
                {
                    oneWriter.Release();
                }
            }
            while (!lastKey.IsEmpty);
        }
    }

    private static ReadOnlyMemory<byte> ScanRequest(string table, int segment, ReadOnlyMemory<byte> startKey)
    {
        var body = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("TableName", table);
        json.WriteNumber("Segment", segment);
        json.WriteNumber("TotalSegments", Segments);
        if (!startKey.IsEmpty)
        {
            json.WritePropertyName("ExclusiveStartKey");
            json.WriteRawValue(startKey.Span);
        }

        json.WriteEndObject();
        json.Flush();
        return body.WrittenMemory;
    }
}
