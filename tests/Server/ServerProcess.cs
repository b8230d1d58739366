using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>The server as its own process, as a user starts it.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly Task<string> errors;
    private readonly List<string> lines = [];

    private ServerProcess(Process process)
    {
        this.process = process;
        errors = process.StandardError.ReadToEndAsync();
    }

    internal int Id => process.Id;

    /// <summary>The lines before and with the one that says it can serve.</summary>
    internal IReadOnlyList<string> Lines => lines;

    internal int Port { get; private set; }

    internal string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Starts and does not wait.</summary>
    internal static ServerProcess Start(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? directory = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Storage.Server.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ServerProcess(Process.Start(start)!);
    }

    /// <summary>Starts on a free port and waits until it can serve.</summary>
    internal static async Task<ServerProcess> StartReadyAsync(params string[] arguments)
    {
        var server = Start(["--port", "0", .. arguments]);
        await server.WaitUntilReadyAsync();
        return server;
    }

    internal async Task WaitUntilReadyAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            lines.Add(line);
            if (ReadyLine().Match(line) is { Success: true } ready)
            {
                Port = int.Parse(ready.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                return;
            }
        }

        Assert.Fail("The server ended before it was ready: " + await errors);
    }

    internal Task<RawConnection> ConnectAsync() => RawConnection.OpenAsync(new IPEndPoint(IPAddress.Loopback, Port));

    internal async Task<RawResponse> CallAsync(string operation, string body)
    {
        await using var connection = await ConnectAsync();
        await connection.SendAsync(WireRequest.Of(operation, body).Bytes);
        return await connection.ReceiveAsync();
    }

    /// <summary>Asks it to stop, as service managers do.</summary>
    internal void Terminate() => Assert.Equal(0, SendSignal(process.Id, 15));

    /// <summary>kill -9.</summary>
    internal void Kill() => process.Kill();

    /// <summary>Waits for the end: exit code, the rest of standard output, standard error.</summary>
    internal async Task<(int ExitCode, string Output, string Errors)> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, output, await errors);
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

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);

    [GeneratedRegex(@"^Ready http://127\.0\.0\.1:(\d+) pid \d+ data .+$")]
    private static partial Regex ReadyLine();
}
