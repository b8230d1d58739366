using Storage.Server.Lambda.Environments;

namespace Storage.Server.Lambda;

/// <summary>
/// The executor, made when the layer starts: making it ends what an earlier one left and needs directories, which a store
/// without functions should not have. They lie beside the store's files, or in a temporary directory that goes with it.
/// </summary>
/// <param name="directory">The store's directory, or null in memory.</param>
/// <param name="settingsOf">The settings for a directory of its own.</param>
internal sealed class ExecutorOnDemand(string? directory, Func<string, ExecutorSettings> settingsOf) : IExecutor
{
    private const string DirectoryName = "lambda";

    private Executor? executor;
    private DirectoryInfo? temporary;

    /// <summary>Makes it; before the first run.</summary>
    internal ValueTask CreateAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        temporary ??= directory is null ? Directory.CreateTempSubdirectory("storage-lambda-") : null;
        executor = new Executor(settingsOf(temporary?.FullName ?? Path.Combine(directory!, DirectoryName)));
        return ValueTask.CompletedTask;
    }

    /// <summary>How memory of functions is limited on this machine; null before the layer was started.</summary>
    internal MemoryMeans? Memory => executor?.Memory;

    public ValueTask<ExecutionResult> RunAsync(Execution execution, CancellationToken cancellation) =>
        (executor ?? throw new InvalidOperationException("The layer was not started.")).RunAsync(execution, cancellation);

    public void Drain(string functionName) => executor?.Drain(functionName);

    public async ValueTask DisposeAsync()
    {
        if (executor is not null)
        {
            await executor.DisposeAsync();
        }

        if (temporary is not null)
        {
            CodePackages.Delete(temporary.FullName); // Unpacked code is read-only.
        }
    }
}
