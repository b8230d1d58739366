using System.Collections.Concurrent;
using Storage.Server.Contracts;

namespace Storage.Server.Lambda.EventSources;

/// <summary>
/// Runs the event source mappings of a store: one runner for each, from the start of the server or the mapping's creation
/// on. Dispose it before the invoker and the store.
/// </summary>
internal sealed class MappingSupervisor(
    MappingTable table,
    IStreamSource streams,
    IFunctionInvoker invoker,
    LambdaOptions options,
    TimeProvider time,
    TextWriter errors) : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<string, Lazy<Running>> runners = new(StringComparer.Ordinal);
    private int disposals;

    /// <summary>How long calls under way may take to end when the server stops or their mapping is deleted.</summary>
    internal TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Makes the table and takes up every mapping in it where it was.</summary>
    internal async ValueTask StartAsync(CancellationToken cancellation)
    {
        await table.EnsureAsync(cancellation);
        foreach (var mapping in await table.ListAsync(cancellation))
        {
            Notify(mapping.Uuid);
        }
    }

    /// <summary>A mapping was created, updated or marked as deleted.</summary>
    internal void Notify(string uuid)
    {
        if (!stopping.IsCancellationRequested)
        {
            runners.GetOrAdd(uuid, id => new Lazy<Running>(() => Start(id))).Value.Runner.Wake();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Increment(ref disposals) > 1)
        {
            return;
        }

        stopping.Cancel(); // At once in every lane: what fails from here on may fail because of the server's end.
        foreach (var running in runners.Values)
        {
            await running.Value.Ended;
        }

        stopping.Dispose();
    }

    private Running Start(string uuid)
    {
        var runner = new MappingRunner(new MappingWork(uuid, table, streams, invoker, options, time, errors), StopGrace);
        return new Running(runner, Task.Run(() => RunAsync(uuid, runner), CancellationToken.None));
    }

    private async Task RunAsync(string uuid, MappingRunner runner)
    {
        try
        {
            await runner.RunAsync(stopping.Token);
        }
        catch (Exception trouble)
        {
            await errors.WriteLineAsync($"Event source mapping {uuid} ended: {trouble.GetType()}: {trouble.Message}");
        }

        runners.TryRemove(uuid, out _);
        runner.Dispose();
    }

    private sealed record Running(MappingRunner Runner, Task Ended);
}
