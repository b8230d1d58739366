using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// A small process in a session of its own that outlives this one if it is killed, and then kills what is left of the
/// environments, processes that left their session and group included. It holds no secret and no variable of the server.
/// </summary>
internal sealed class Guard(string mark, string? groupsDirectory, Tools tools, SpawnThread spawn, TextWriter warnings)
    : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim gate = new(1);
    private readonly HashSet<int> sessions = [];
    private Process? process;
    private bool warned;

    /// <summary>Process id, or 0 when it does not run.</summary>
    internal int ProcessId => process?.Id ?? 0;

    /// <summary>Before an environment starts.</summary>
    internal async ValueTask EnsureStartedAsync()
    {
        await gate.WaitAsync();
        try
        {
            if (process?.HasExited != false)
            {
                await StartAsync();
            }
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            if (!warned)
            {
                warned = true;
                await warnings.WriteLineAsync($"No guard of function processes could be started: {error.Message}");
            }
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>An environment runs in this session.</summary>
    internal ValueTask AddAsync(int session) => TellAsync(session, begins: true);

    /// <summary>The environment is over: its session's number may be another's soon.</summary>
    internal ValueTask RemoveAsync(int session) => TellAsync(session, begins: false);

    /// <summary>Has it look for what is left, and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            process.StandardInput.Close();
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }

            process.Dispose();
        }

        gate.Dispose();
    }

    private async ValueTask StartAsync()
    {
        process?.Dispose();
        process = null;
        var command = new ProcessStartInfo(tools.SetSession ?? Tools.Shell)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        if (tools.SetSession is not null)
        {
            command.ArgumentList.Add(Tools.Shell);
        }

        foreach (var argument in new[] { "-c", Bootstraps.Text("guard.sh"), "guard", mark, groupsDirectory ?? string.Empty })
        {
            command.ArgumentList.Add(argument);
        }

        command.Environment.Clear();
        command.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin";
        process = await spawn.StartAsync(command);
        foreach (var session in sessions)
        {
            await process.StandardInput.WriteAsync(Line(session, begins: true));
        }

        await process.StandardInput.FlushAsync();
    }

    private async ValueTask TellAsync(int session, bool begins)
    {
        await gate.WaitAsync();
        try
        {
            if (begins ? sessions.Add(session) : sessions.Remove(session))
            {
                if (process is not null)
                {
                    await process.StandardInput.WriteAsync(Line(session, begins));
                    await process.StandardInput.FlushAsync();
                }
            }
        }
        catch (IOException)
        {
            // It was killed; the next environment's start begins another.
        }
        finally
        {
            gate.Release();
        }
    }

    private static string Line(int session, bool begins) =>
        string.Create(CultureInfo.InvariantCulture, $"{(begins ? '+' : '-')} {session}\n");
}
