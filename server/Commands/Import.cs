using System.Threading.Channels;
using Storage.Engine.Api;
using Storage.Server.Options;
using Storage.Server.Transfer;

namespace Storage.Server.Commands;

/// <summary>
/// <c>import FILE --table NAME</c>: loads DynamoDB JSON lines into a directory or a running server. Items of the same
/// key overwrite each other in no certain order, as batches travel side by side.
/// </summary>
internal static class Import
{
    internal static readonly IReadOnlyList<Flag> Flags =
    [
        .. TransferTarget.Flags,
        new("key", "NAME:TYPE[,...]", "create the table when missing, e.g. country:S,cityId:N"),
    ];

    private const int BatchesInFlight = 16;

    /// <summary>Returns the process's exit code: a refused line makes it a failure, and the rest is imported.</summary>
    internal static async Task<int> RunAsync(CommandLine line, TextWriter output, TextWriter errors)
    {
        if (line.WantsHelp)
        {
            Help.Write(output);
            return ExitCode.Success;
        }

        if (line.Words.Count != 1)
        {
            throw new UsageException("import needs one file: import FILE --table NAME.");
        }

        try
        {
            var key = line.Value("key") is { } text ? KeyAttributes.Parse(text) : null;
            var badLines = new BadLines(errors);
            await using var reader = ItemBatchReader.Open(
                line.Words[0], line.Value("table") ?? throw new UsageException("--table NAME is missing."), badLines);
            await using var target = await TransferTarget.OpenAsync(line);
            await target.RequireTableAsync(key, CancellationToken.None);

            var progress = new TransferProgress("Imported", output, !Console.IsOutputRedirected, TimeProvider.System);
            await progress.ShowAsync(() => PumpAsync(reader, new BatchSender(target.Door, badLines, progress), progress));
            await output.WriteLineAsync(progress.Summary($"into {target.Table}"));
            if (badLines.Count > 0)
            {
                await errors.WriteLineAsync($"{badLines.Count} lines were refused.");
                return ExitCode.Failure;
            }

            return ExitCode.Success;
        }
        catch (Exception error) when (error is TransferException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await errors.WriteLineAsync(error.Message);
            return ExitCode.Failure;
        }
    }

    /// <summary>One reader, several batches on their way, a bounded queue between.</summary>
    private static async Task PumpAsync(ItemBatchReader reader, BatchSender sender, TransferProgress progress)
    {
        using var stop = new CancellationTokenSource();
        var queue = Channel.CreateBounded<ItemBatch>(new BoundedChannelOptions(BatchesInFlight) { SingleWriter = true });
        var senders = Enumerable.Range(0, BatchesInFlight).Select(_ => StopOthersOnFailureAsync(SendAllAsync)).ToList();
        var reading = StopOthersOnFailureAsync(ReadAllAsync);
        var first = await Task.WhenAny(Task.WhenAll([reading, .. senders]));
        try
        {
            await first;
        }
        catch (OperationCanceledException)
        {
            // Whoever was stopped is not the reason; the one that failed is.
            await senders.Append(reading).First(task => task.IsFaulted);
        }

        async Task ReadAllAsync()
        {
            while (await reader.ReadAsync(stop.Token) is { } batch)
            {
                await queue.Writer.WriteAsync(batch, stop.Token);
                progress.ReachedFraction((double)reader.FileBytesRead / Math.Max(reader.FileBytes, 1));
            }

            queue.Writer.Complete();
        }

        async Task SendAllAsync()
        {
            using var answer = new ResponseBuffer();
            await foreach (var batch in queue.Reader.ReadAllAsync(stop.Token))
            {
                await sender.SendAsync(batch, answer, stop.Token);
            }
        }

        async Task StopOthersOnFailureAsync(Func<Task> work)
        {
            try
            {
                await Task.Run(work);
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }
}
