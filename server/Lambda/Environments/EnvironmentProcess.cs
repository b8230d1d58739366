using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;

namespace Storage.Server.Lambda.Environments;

/// <summary>The processes of one environment: the one that was started, in a session of its own, and what that starts.</summary>
internal sealed class EnvironmentProcess : IAsyncDisposable
{
    // A process that is being killed goes when the kernel lets it; after this it is left to the guard.
    private const int KillRoundsMax = 400;

    private readonly Process process;
    private readonly Machine machine;
    private readonly EnvironmentPaths paths;
    private readonly MemoryBox memory;

    private EnvironmentProcess(
        Process process, Machine machine, EnvironmentPaths paths, MemoryBox memory, OutputPipe output)
    {
        this.process = process;
        this.machine = machine;
        this.paths = paths;
        this.memory = memory;
        Output = output;
        Exited = ExitedAsync(process);
    }

    /// <summary>Completes with why: the words of the service.</summary>
    internal Task<string> Exited { get; }

    internal int Id => process.Id;

    internal OutputPipe Output { get; }

    /// <summary>Most memory in use so far, bytes.</summary>
    internal long PeakBytes => memory.PeakBytes(Id);

    /// <summary>Whether it used more memory than it may and was not killed in time.</summary>
    internal bool IsOverMemory => memory.IsOver(Id);

    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    internal static async Task<EnvironmentProcess> StartAsync(
        Machine machine,
        EnvironmentPaths paths,
        int memoryMegabytes,
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> variables,
        Action<ReadOnlySpan<byte>> output)
    {
        await machine.Guard.EnsureStartedAsync();
        var memory = machine.Memory.Create(paths.Id, memoryMegabytes);
        Process? process = null;
        try
        {
            process = await machine.Spawn.StartAsync(Command(machine.Tools, paths, memory, command, variables));
            var pipe = new OutputPipe(((AnonymousPipeClientStream)process.StandardOutput.BaseStream).SafePipeHandle, output);
            machine.Output.Add(pipe);
            var ownSession = machine.Tools.SetSession is not null;
            if (ownSession)
            {
                await machine.Guard.AddAsync(process.Id);
            }

            memory.Watch(process.Id, ownSession, () => Posix.Kill(process.Id));
            return new EnvironmentProcess(process, machine, paths, memory, pipe);
        }
        catch
        {
            if (process is not null)
            {
                Posix.Kill(process.Id);
                process.Dispose();
            }

            memory.Remove();
            throw;
        }
    }

    /// <summary>Kills all of it, waits until it is gone, and reads what it printed.</summary>
    internal async ValueTask KillAsync()
    {
        var session = machine.Tools.SetSession is null ? 0 : process.Id;
        if (session != 0 && !process.HasExited)
        {
            Posix.KillGroup(session);
        }

        // Whoever is killed may have started another a moment before, so until none is found.
        for (var round = 0; round < KillRoundsMax; round++)
        {
            var found = ProcessTable.Find(paths.Mark, session);
            found.AddRange(memory.Processes());
            if (found.Count == 0)
            {
                break;
            }

            found.ForEach(Posix.Kill);
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(1 + round, 20)));
        }

        await Exited;
        Output.Drain();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        machine.Output.Remove(Output);
        memory.Remove();
        await machine.Guard.RemoveAsync(process.Id);
        process.Dispose();
    }

    private static ProcessStartInfo Command(
        Tools tools,
        EnvironmentPaths paths,
        MemoryBox memory,
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(Tools.Shell)
        {
            RedirectStandardOutput = true,
            WorkingDirectory = paths.Task,
        };
        List<string> arguments =
        [
            "-c",
            Bootstraps.Text("launch.sh"),
            "launch",
            memory.Group ?? string.Empty,
            memory.DataKilobytesMax?.ToString(CultureInfo.InvariantCulture) ?? string.Empty,
        ];
        if (tools.SetSession is not null)
        {
            // It leads no group yet, so setsid goes on in this very process, whose id is then the session's.
            arguments.Add(tools.SetSession);
        }

        if (tools.SetPrivileges is not null)
        {
            arguments.AddRange([tools.SetPrivileges, "--pdeathsig", "KILL", "--"]);
        }

        arguments.AddRange(command);
        arguments.ForEach(start.ArgumentList.Add);
        start.Environment.Clear();
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static async Task<string> ExitedAsync(Process process)
    {
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode switch
        {
            0 => "Runtime exited without providing a reason",
            > 128 and var code when SignalName(code - 128) is { } name => $"Runtime exited with error: signal: {name}",
            var code => string.Create(CultureInfo.InvariantCulture, $"Runtime exited with error: exit status {code}"),
        };
    }

    private static string? SignalName(int signal) => signal switch
    {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        24 => "CPU time limit exceeded",
        25 => "file size limit exceeded",
        31 => "bad system call",
        _ => null,
    };
}
