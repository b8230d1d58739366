namespace Storage.Server.Lambda.Environments;

/// <summary>
/// Runs functions as processes of this machine that speak the Runtime API, without containers. Invariants of this room:
/// an environment works on one event at a time; it is used again only after an answer; whatever ends it ends every process
/// that carries its mark; nothing of the server's own variables reaches it. That is isolation from crashes and from each
/// other's memory, not a sandbox: a function runs with the server's rights.
/// </summary>
internal sealed class Executor : IExecutor
{
    /// <summary>Of the credentials an environment starts with; one older than that is not used again.</summary>
    internal static readonly TimeSpan SessionLife = TimeSpan.FromHours(12);

    private static readonly TimeSpan LookPeriodMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LookPeriodMax = TimeSpan.FromMinutes(1);

    private readonly ExecutorSettings settings;
    private readonly MemoryLimits memory;
    private readonly Lock machineGate = new();
    private readonly RuntimeMap runtimes;
    private readonly CodePackages packages;
    private readonly EnvironmentPool pool;
    private readonly ITimer idleTimer;
    private readonly CancellationTokenSource ending = new();
    private readonly TaskCompletionSource idleAtLast = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private Machine? machine;
    private int running;
    private bool disposed;
    private bool warnedOfLogs;

    /// <summary>Ends what an executor on this root that was killed has left.</summary>
    internal Executor(ExecutorSettings settings)
    {
        settings = settings with { Root = Path.GetFullPath(settings.Root).TrimEnd('/') };
        this.settings = settings;
        memory = MemoryLimits.Choose(settings.Root, settings.Memory);
        try
        {
            Environments.Machine.Sweep(settings.Root, memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }

        runtimes = new RuntimeMap(Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin");
        packages = new CodePackages(settings.Root, settings.ReadCode, settings.Options.CodeUnzippedBytesMax);
        pool = new EnvironmentPool(settings.Time);
        var period = settings.Options.EnvironmentIdleLife / 4;
        period = period < LookPeriodMin ? LookPeriodMin : period > LookPeriodMax ? LookPeriodMax : period;
        idleTimer = settings.Time.CreateTimer(_ => EndIdle(), null, period, period);
    }

    /// <summary>How memory is limited on this machine.</summary>
    internal MemoryMeans Memory => memory.Means;

    /// <summary>Process id of the guard, or 0 before the first environment.</summary>
    internal int GuardProcessId => machine?.Guard.ProcessId ?? 0;

    /// <summary>Cancelling throws the environment away in the middle of its call.</summary>
    public async ValueTask<ExecutionResult> RunAsync(Execution execution, CancellationToken cancellation)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            running++;
        }

        try
        {
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation, ending.Token);
            var call = new Call(settings, execution);
            while (pool.TryTake(execution.Function.Version) is { } environment)
            {
                if (await RunInAsync(call, environment, null, 0, stopping.Token) is { } result)
                {
                    return result;
                }

                // It had ended by itself, and the event is still ours.
            }

            return await RunInNewAsync(call, execution.Function.Version, stopping.Token);
        }
        finally
        {
            lock (gate)
            {
                running--;
                if (disposed && running == 0)
                {
                    idleAtLast.TrySetResult();
                }
            }
        }
    }

    public void Drain(string functionName)
    {
        foreach (var environment in pool.Retire(functionName))
        {
            End(environment);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            if (running == 0)
            {
                idleAtLast.TrySetResult();
            }
        }

        await idleTimer.DisposeAsync();
        await ending.CancelAsync();
        await idleAtLast.Task;
        await Task.WhenAll(pool.RetireAll().Select(environment => environment.DisposeAsync().AsTask()));
        if (machine is not null)
        {
            await machine.DisposeAsync();
        }

        memory.Dispose();
        try
        {
            packages.Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            await settings.Warnings.WriteLineAsync($"Unpacked code of functions was left: {error.Message}");
        }

        ending.Dispose();
    }

    private async ValueTask<ExecutionResult> RunInNewAsync(Call call, FunctionVersion version, CancellationToken stopping)
    {
        RuntimeProgram program;
        FunctionEnvironment environment;
        long started;
        try
        {
            program = await ProgramAsync(call, version);
            started = settings.Time.GetTimestamp();
            environment = await StartAsync(version, program, null, stopping);
        }
        catch (Exception error) when (error is RuntimeRefusal or InvalidDataException)
        {
            var refusal = error as RuntimeRefusal ?? new RuntimeRefusal("InvalidZipFileException", error.Message);
            var stream = CallLog.StreamOf(settings.Time.GetUtcNow(), version.Version, Guid.NewGuid().ToString("N"));
            var result = call.Refuse(refusal);
            await WriteLogAsync(version.Name, stream, call.Log);
            return result;
        }

        var init = await InitAsync(environment, Call.InitLife, stopping);
        if (init is null)
        {
            return (await RunInAsync(call, environment, settings.Time.GetElapsedTime(started), 0, stopping))!;
        }

        // A failed init is tried once more within the call, under the function's own timeout.
        call.Log.Add(environment.TakeOutput());
        End(environment);
        started = settings.Time.GetTimestamp();
        environment = await StartAsync(version, program, environment.LogStream, stopping);
        init = await InitAsync(environment, TimeSpan.FromSeconds(version.TimeoutSeconds), stopping);
        if (init is null)
        {
            return (await RunInAsync(call, environment, null, started, stopping))!;
        }

        try
        {
            var failed = await call.FailInitAsync(environment, init, started);
            await WriteLogAsync(version.Name, environment.LogStream, call.Log);
            return failed;
        }
        finally
        {
            End(environment);
        }
    }

    /// <summary>Null when a process that had been idle ended before it took the event.</summary>
    private async ValueTask<ExecutionResult?> RunInAsync(
        Call call, FunctionEnvironment environment, TimeSpan? init, long started, CancellationToken stopping)
    {
        ExecutionResult? result = null;
        var reusable = false;
        try
        {
            var first = init is not null || started != 0;
            (result, reusable) = await call.RunAsync(environment, first, init, started, stopping);
            if (result is not null)
            {
                await WriteLogAsync(environment.Version.Name, environment.LogStream, call.Log);
            }
        }
        finally
        {
            if (!reusable || !pool.TryPutBack(environment))
            {
                End(environment);
            }
        }

        return result;
    }

    private async ValueTask<RuntimeProgram> ProgramAsync(Call call, FunctionVersion version)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new RuntimeRefusal("InvalidRuntime", "functions run on Linux only");
        }

        var program = await runtimes.FindAsync(version.Runtime)
            ?? throw new RuntimeRefusal("InvalidRuntime", $"no interpreter for runtime {version.Runtime} is installed");

        if (!program.Exact)
        {
            if (settings.Options.StrictRuntimes)
            {
                throw new RuntimeRefusal("InvalidRuntime", $"runtime {version.Runtime} is not installed");
            }

            call.Log.Add($"INIT_WARNING runtime {version.Runtime} is not installed; {program.Name} runs it\n");
        }

        return program;
    }

    private async ValueTask<FunctionEnvironment> StartAsync(
        FunctionVersion version, RuntimeProgram program, string? logStream, CancellationToken stopping)
    {
        var birth = pool.Begin(version.Name);
        FunctionEnvironment? environment = null;
        try
        {
            environment = await FunctionEnvironment.StartAsync(
                settings, Machine(), packages, version, program, logStream, stopping);
        }
        finally
        {
            pool.Complete(birth, environment);
        }

        _ = environment.Exited.ContinueWith(
            _ =>
            {
                if (pool.TryTakeIdle(environment))
                {
                    End(environment);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        return environment;
    }

    /// <summary>Made with the first environment; when that failed, with the next.</summary>
    private Machine Machine()
    {
        lock (machineGate)
        {
            return machine ??= new Machine(settings.Root, memory, settings.Warnings);
        }
    }

    /// <summary>Null when the runtime asks for its first event; else why not.</summary>
    private async ValueTask<InitFailure?> InitAsync(FunctionEnvironment environment, TimeSpan life, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var timeout = Task.Delay(life, settings.Time, over.Token);
        try
        {
            await Task.WhenAny(environment.Ready, environment.InitError, environment.Exited, timeout);
            stopping.ThrowIfCancellationRequested();
            if (environment.Ready.IsCompleted)
            {
                return null;
            }

            if (environment.InitError.IsCompleted)
            {
                return new InitFailure(await environment.InitError, null);
            }

            return environment.Exited.IsCompleted ? new InitFailure(null, await environment.Exited) : new InitFailure(null, null);
        }
        catch (OperationCanceledException)
        {
            End(environment);
            throw;
        }
        finally
        {
            await over.CancelAsync();
        }
    }

    private void EndIdle()
    {
        foreach (var environment in pool.TakeIdleSince(settings.Time.GetUtcNow() - settings.Options.EnvironmentIdleLife))
        {
            End(environment);
        }
    }

    /// <summary>In the background; <see cref="DisposeAsync"/> waits for it, as it is live until its end.</summary>
    private void End(FunctionEnvironment environment)
    {
        _ = EndAsync();

        async Task EndAsync()
        {
            try
            {
                await environment.DisposeAsync();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                await settings.Warnings.WriteLineAsync($"An environment of {environment.Version.Name} left files: {error.Message}");
            }
            finally
            {
                pool.Forget(environment);
            }
        }
    }

    /// <summary>A log that cannot be written does not change what the function did.</summary>
    private async ValueTask WriteLogAsync(string function, string stream, CallLog log)
    {
        try
        {
            await settings.Logs.AppendAsync(CallLog.GroupOf(function), stream, log.Lines, CancellationToken.None);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            if (!warnedOfLogs)
            {
                warnedOfLogs = true;
                await settings.Warnings.WriteLineAsync($"The log of {function} could not be written: {error.Message}");
            }
        }
    }
}
