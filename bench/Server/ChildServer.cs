using System.Diagnostics;

namespace Storage.Bench.Server;

/// <summary>A server in a process of its own, from its Ready line on. Disposing ends that process.</summary>
internal sealed class ChildServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private readonly Process process;

    private ChildServer(Process process, Uri address)
    {
        this.process = process;
        Address = address;
    }

    internal Uri Address { get; }

    /// <summary>Greatest resident memory so far, bytes.</summary>
    internal long PeakBytes
    {
        get
        {
            process.Refresh();
            return process.HasExited ? 0 : process.PeakWorkingSet64;
        }
    }

    internal bool HasExited => process.HasExited;

    /// <summary>Starts a built assembly and waits until it says that it can serve.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not say so in time.</exception>
    internal static async Task<ChildServer> StartAsync(string assembly, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{assembly} did not start.");
        var errors = new Queue<string>();
        process.ErrorDataReceived += (_, line) => Keep(errors, line.Data);
        process.BeginErrorReadLine();
        try
        {
            using var timeout = new CancellationTokenSource(StartTimeout);
            while (await process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
            {
                if (line.Split(' ') is ["Ready", var address, ..])
                {
                    // Its output is read on, or a full pipe would stop it.
                    _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                    return new ChildServer(process, new Uri(address));
                }
            }

            throw new InvalidOperationException($"{assembly} ended before it could serve: {string.Join(' ', errors)}");
        }
        catch (Exception failure)
        {
            End(process);
            throw failure is OperationCanceledException
                ? new InvalidOperationException($"{assembly} did not say Ready within {StartTimeout.TotalSeconds} s.")
                : failure;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private static void End(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private static void Keep(Queue<string> lines, string? line)
    {
        const int linesMax = 20;
        lock (lines)
        {
            if (line is not null)
            {
                lines.Enqueue(line);
            }

            if (lines.Count > linesMax)
            {
                lines.Dequeue();
            }
        }
    }
}
