using Storage.Engine;
using Storage.Server.Aws;
using Storage.Server.Blobs;
using Storage.Server.Contracts;
using Storage.Server.Lambda.Environments;
using Storage.Server.Lambda.EventSources;
using Storage.Server.Lambda.Functions;
using Storage.Server.Lambda.Invocation;

namespace Storage.Server.Lambda;

/// <summary>
/// The Lambda service put together: functions as items, calls under the account's concurrency, environments as processes,
/// asynchronous calls in a queue, streams that call functions.
/// </summary>
internal sealed class LambdaLayer : IAsyncDisposable
{
    /// <summary>How long calls under way may take to end when the server stops; a function may run much longer.</summary>
    private static readonly TimeSpan CallGrace = TimeSpan.FromSeconds(5);

    private readonly TimeProvider time;
    private readonly FunctionCatalog catalog;
    private readonly ExecutorOnDemand executor;
    private readonly AsyncQueue queue;
    private readonly FunctionInvoker invoker;
    private readonly MappingSupervisor mappings;
    private int partsBegun;

    /// <param name="store">Where functions, queue and mappings are.</param>
    /// <param name="blobs">Where code and large payloads are.</param>
    /// <param name="logs">Gets what functions print.</param>
    /// <param name="sessions">Gives functions their role's credentials.</param>
    /// <param name="options">Limits.</param>
    /// <param name="errors">Where what an operator should know is told.</param>
    internal LambdaLayer(
        Store store, BlobStore blobs, ILogWriter logs, ISessionIssuer sessions, LambdaOptions options, TextWriter errors)
    {
        time = store.Options.Time;
        catalog = new FunctionCatalog(store, blobs, options);
        executor = new ExecutorOnDemand(store.Options.Directory, root => new ExecutorSettings
        {
            Options = options,
            ReadCode = blobs.ReadAsync,
            Logs = logs,
            Sessions = sessions,
            Time = time,
            Region = store.Options.Region,
            Root = root,
            Endpoint = () => Endpoint ?? throw new InvalidOperationException("The server does not listen yet."),
            Warnings = errors,
        });
        catalog.Changed += executor.Drain;
        var pool = new ConcurrencyPool(catalog, options);
        queue = new AsyncQueue(store, blobs, catalog, executor, pool, logs, options, errors);
        invoker = new FunctionInvoker(catalog, executor, pool, queue, options, errors);
        var table = new MappingTable(store);
        var streams = new StoreStreamSource(store.Streams);
        mappings = new MappingSupervisor(table, streams, invoker, options, time, errors);
        Service = new RestService("lambda", options.RequestBytesMax,
        [
            .. FunctionRoutes.Of(catalog),
            .. InvokeRoutes.Of(invoker),
            .. MappingRoutes.Of(table, catalog, streams, time, mappings.Notify),
        ]);
    }

    /// <summary>The service for the router.</summary>
    internal RestService Service { get; }

    /// <summary>How memory of functions is limited, in words; null before the layer was started.</summary>
    internal string? Memory => executor.Memory switch
    {
        MemoryMeans.ControlGroup2 => "control groups",
        MemoryMeans.ControlGroup1 => "control groups of version 1",
        MemoryMeans.Sampled => "sampling and limits of data segments",
        _ => null,
    };

    /// <summary>Where functions reach the server; set before any runs.</summary>
    internal Uri? Endpoint { get; set; }

    /// <summary>Whether an earlier server left functions in the store.</summary>
    internal static async ValueTask<bool> IsInUseAsync(Store store, CancellationToken cancellation) =>
        await store.FindTableAsync(FunctionKeys.Definition.Name, cancellation) is not null;

    /// <summary>
    /// Makes the tables and goes on with what an earlier server left: processes end, queue and mappings go on. After a
    /// failure another call begins with the part that failed: none begins twice. One call at a time.
    /// </summary>
    internal async ValueTask StartAsync(CancellationToken cancellation)
    {
        Func<CancellationToken, ValueTask>[] parts =
            [executor.CreateAsync, catalog.StartAsync, queue.StartAsync, mappings.StartAsync];
        for (; partsBegun < parts.Length; partsBegun++)
        {
            await parts[partsBegun](cancellation);
        }
    }

    /// <summary>
    /// Ends what calls functions: mappings and queue at once, clients' calls when their requests have ended or after a while.
    /// From then on no function is called.
    /// </summary>
    /// <param name="requestsEnded">Completes when no client waits any more.</param>
    internal async Task EndCallsAsync(Task requestsEnded)
    {
        using var waiting = new CancellationTokenSource();
        var patience = Task.WhenAny(requestsEnded, Task.Delay(CallGrace, time, waiting.Token));
        await mappings.DisposeAsync();
        await queue.DisposeAsync();
        await patience;
        await waiting.CancelAsync();
        await invoker.DisposeAsync();
    }

    /// <summary>What calls functions ends before what runs them.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndCallsAsync(Task.CompletedTask);
        await executor.DisposeAsync();
        await catalog.DisposeAsync();
    }
}
