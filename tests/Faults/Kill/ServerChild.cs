using System.Diagnostics;

namespace Storage.Faults.Kill;

/// <summary>A server in a process of its own, there to be killed.</summary>
internal sealed class ServerChild : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly Task<string> errors;

    private ServerChild(Process process)
    {
        this.process = process;
        errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Where it serves; known once it is ready.</summary>
    internal Uri Address { get; private set; } = null!;

    /// <summary>Greatest resident memory so far, bytes; 0 when it is gone.</summary>
    internal long PeakBytes
    {
        get
        {
            process.Refresh();
            return process.HasExited ? 0 : process.PeakWorkingSet64;
        }
    }

    /// <summary>Starts the server and does not wait.</summary>
    /// <param name="assembly">Path of the server's built assembly.</param>
    /// <param name="arguments">The server's arguments.</param>
    internal static ServerChild Start(string assembly, params IEnumerable<string> arguments) =>
        Run(["dotnet", assembly, .. arguments]);

    /// <summary>Starts a program that becomes the server, and does not wait.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">Variables besides those of this process.</param>
    internal static ServerChild Run(IReadOnlyList<string> command, params IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };

        // The life of a child is a fraction of a second: none of it should go into profiles for better code later.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ServerChild(Process.Start(start)!);
    }

    /// <summary>Waits until it can serve.</summary>
    /// <exception cref="ViolationException">It ended instead: the store that a killed server left must open.</exception>
    internal async Task WaitUntilReadyAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Split(' ') is ["Ready", var address, ..])
            {
                Address = new Uri(address);
                return;
            }
        }

        throw new ViolationException("The server did not open the store: " + await errors);
    }

    /// <summary>Waits for the end, which came by itself: the exit code.</summary>
    internal async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    /// <summary>kill -9; returns when the process is gone.</summary>
    internal async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
    }
}
