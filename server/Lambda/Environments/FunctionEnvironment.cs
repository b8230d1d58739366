using Storage.Server.Contracts;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// One environment: a process that asked its own Runtime API for events, its log stream, its directories. It works on one
/// event at a time, and is thrown away after anything but an answer.
/// </summary>
internal sealed class FunctionEnvironment : IAsyncDisposable
{
    private readonly EnvironmentPaths paths;
    private readonly CodePackages packages;
    private readonly string code;
    private readonly RuntimeApi api;
    private readonly RuntimeApiListener listener;
    private readonly OutputLines lines;
    private readonly Lock gate = new();
    private EnvironmentProcess? process;
    private Task? ending;

    private FunctionEnvironment(
        FunctionVersion version, EnvironmentPaths paths, CodePackages packages, string code, RuntimeApi api, OutputLines lines)
    {
        Version = version;
        this.paths = paths;
        this.packages = packages;
        this.code = code;
        this.api = api;
        this.lines = lines;
        listener = new RuntimeApiListener(api);
    }

    internal FunctionVersion Version { get; }

    internal required string LogStream { get; init; }

    /// <summary>When its credentials end.</summary>
    internal required DateTimeOffset Expiration { get; init; }

    /// <summary>Set once: it is not to be used again.</summary>
    internal bool Retired { get; set; }

    internal DateTimeOffset IdleSince { get; set; }

    internal long PeakBytes => process!.PeakBytes;

    internal bool IsOverMemory => process!.IsOverMemory;

    /// <summary>Completes with the service's words when the process ends.</summary>
    internal Task<string> Exited => process!.Exited;

    /// <summary>Completes when the runtime asks for an event.</summary>
    internal Task Ready => api.Ready;

    /// <summary>Completes with the runtime's words when its init fails.</summary>
    internal Task<byte[]> InitError => api.InitError;

    /// <summary>Starts its process. The log stream is null for one of its own; a second try of an init goes on in the first one's.</summary>
    internal static async Task<FunctionEnvironment> StartAsync(
        ExecutorSettings settings,
        Machine machine,
        CodePackages packages,
        FunctionVersion version,
        RuntimeProgram program,
        string? logStream,
        CancellationToken cancellation)
    {
        var paths = new EnvironmentPaths(settings.Root, Guid.NewGuid().ToString("N"));
        logStream ??= CallLog.StreamOf(settings.Time.GetUtcNow(), version.Version, paths.Id);
        var code = await packages.UseAsync(version.CodeBlob, cancellation);
        FunctionEnvironment? environment = null;
        try
        {
            Directory.CreateDirectory(paths.Directory);
            File.CreateSymbolicLink(paths.Task, code);
            var command = Command(version, program, paths);
            var credentials = await settings.Sessions.IssueAsync(
                version.RoleArn, version.Name, Executor.SessionLife, cancellation);
            environment = new FunctionEnvironment(
                version, paths, packages, code, new RuntimeApi(settings.Options.ResponseBytesMax), new OutputLines(settings.Time))
            {
                LogStream = logStream,
                Expiration = credentials.Expiration,
            };
            var variables = EnvironmentVariables.Of(
                version,
                program,
                credentials,
                paths,
                environment.listener.Address,
                logStream,
                settings.Region,
                settings.Endpoint());
            environment.process = await EnvironmentProcess.StartAsync(
                machine, paths, version.MemoryMegabytes, command, variables, environment.lines.Append);
            return environment;
        }
        catch
        {
            if (environment is not null)
            {
                await environment.DisposeAsync();
            }
            else
            {
                CodePackages.Delete(paths.Directory);
                packages.Release(code);
            }

            throw;
        }
    }

    internal Task<RuntimeAnswer> OfferAsync(RuntimeEvent runtimeEvent) => api.OfferAsync(runtimeEvent);

    internal bool HasTaken(RuntimeEvent runtimeEvent) => api.HasTaken(runtimeEvent);

    /// <summary>What was printed since the last time, up to this moment.</summary>
    internal List<LogLine> TakeOutput()
    {
        process!.Output.Drain();
        return lines.Take();
    }

    /// <summary>Kills everything of it; its last output can still be taken.</summary>
    internal async ValueTask KillAsync() => await process!.KillAsync();

    /// <summary>Kills everything of it and removes its directory. May be called by several.</summary>
    public async ValueTask DisposeAsync()
    {
        Task mine;
        lock (gate)
        {
            mine = ending ??= EndAsync();
        }

        await mine;
    }

    private async Task EndAsync()
    {
        await Task.Yield();
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        await listener.DisposeAsync();
        CodePackages.Delete(paths.Directory);
        packages.Release(code);
    }

    /// <exception cref="RuntimeRefusal">A provided runtime without its program.</exception>
    private static string[] Command(FunctionVersion version, RuntimeProgram program, EnvironmentPaths paths)
    {
        switch (program.Kind)
        {
            case RuntimeKind.Python:
                // Nothing is written beside the code, and what it prints and reads is UTF-8 on every machine.
                return [program.Path!, "-B", "-X", "utf8", Path.Combine(paths.Runtime, Bootstraps.Python)];
            case RuntimeKind.Node:
                var heap = string.Create(
                    System.Globalization.CultureInfo.InvariantCulture, $"--max-old-space-size={version.MemoryMegabytes}");
                return [program.Path!, heap, Path.Combine(paths.Runtime, Bootstraps.Node)];
            default:
                var bootstrap = Path.Combine(paths.Task, "bootstrap");
                if (!File.Exists(bootstrap))
                {
                    throw new RuntimeRefusal(
                        "Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
                }

                if (OperatingSystem.IsWindows() || (File.GetUnixFileMode(bootstrap) & UnixFileMode.UserExecute) == 0)
                {
                    throw new RuntimeRefusal("Runtime.InvalidEntrypoint", "fork/exec /var/task/bootstrap: permission denied");
                }

                return [bootstrap];
        }
    }
}
