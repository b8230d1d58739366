using Storage.Engine;
using Storage.Server.Aws;
using Storage.Server.Blobs;
using Storage.Server.Identity;
using Storage.Server.Lambda;
using Storage.Server.Logs;
using Storage.Server.Options;

namespace Storage.Server;

/// <summary>
/// The services beside DynamoDB, put together: each layer gets the store, the blobs and what the contracts of the others
/// give. A layer begins with the first request for it, or with the server when an earlier one left it something to do: a
/// store that is used as tables only has none of their tables.
/// </summary>
internal sealed class Layers : IAsyncDisposable
{
    /// <summary>What is not looked through for names of blobs.</summary>
    private static readonly HashSet<string> NamingNoBlobs = [LogsService.TableName];

    private readonly Store store;
    private readonly ServerOptions options;
    private readonly BlobStore blobs;
    private readonly LambdaLayer lambda;
    private readonly OnDemand lambdaBegun;
    private readonly Dictionary<IAwsService, OnDemand> services;
    private readonly TaskCompletionSource listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="store">Where their state is.</param>
    /// <param name="options">Their limits.</param>
    /// <param name="errors">Where what goes wrong is told.</param>
    internal Layers(Store store, ServerOptions options, TextWriter errors)
    {
        this.store = store;
        this.options = options;
        blobs = new BlobStore(options.Data);
        var logs = new LogsService(store, store.Options.Time);
        var identity = new IdentityLayer(store);
        var logsBegun = new OnDemand(logs.StartAsync);
        var identityBegun = new OnDemand(identity.StartAsync);
        lambda = new LambdaLayer(store, blobs, logs, identity, options.Lambda, errors);
        lambdaBegun = new OnDemand(async closing =>
        {
            await listening.Task.WaitAsync(closing);
            await logsBegun.DoneAsync();
            await identityBegun.DoneAsync();
            await lambda.StartAsync(closing);
        });
        services = new Dictionary<IAwsService, OnDemand>
        {
            [logs.Service] = logsBegun,
            [identity.Sts] = identityBegun,
            [identity.Iam] = identityBegun,
            [lambda.Service] = lambdaBegun,
        };
    }

    internal IReadOnlyList<IAwsService> Services => [.. services.Keys];

    /// <summary>What a health check tells of the layers: a line for each that has something to tell.</summary>
    internal string Health => lambda.Memory is { } means ? $"functions: memory is limited by {means}\n" : string.Empty;

    /// <summary>Deletes blobs that nothing names. Before the server listens: a request stores a blob first, then what names it.</summary>
    internal async Task SweepAsync(CancellationToken cancellation) =>
        blobs.DeleteExcept((await BlobReferences.CollectAsync(store, NamingNoBlobs, cancellation)).Names);

    /// <summary>Tells where the server listens, for which requests may wait, and goes on with what an earlier one left.</summary>
    internal async Task StartAsync(Uri address, CancellationToken cancellation)
    {
        lambda.Endpoint = address;
        listening.SetResult();
        if (options.RunsFunctions && await LambdaLayer.IsInUseAsync(store, cancellation))
        {
            await lambdaBegun.DoneAsync();
        }
    }

    /// <summary>Begins the layer of a service, once.</summary>
    /// <exception cref="AwsException">Functions may not run here.</exception>
    internal ValueTask PrepareAsync(IAwsService service) =>
        service == lambda.Service && !options.RunsFunctions
            ? throw new AwsException(
                StatusCodes.Status403Forbidden,
                "AccessDeniedException",
                "Functions run only when the server listens on a loopback address without --cors, or was started with --allow-functions:"
                + " whoever can call it can run code as its user.")
            : services[service].DoneAsync();

    /// <summary>Ends calls of functions while the server finishes its requests: it waits for those that wait for a function.</summary>
    /// <param name="requestsEnded">Completes when no request is in flight.</param>
    internal async Task EndCallsAsync(Task requestsEnded)
    {
        if (await lambdaBegun.CloseAsync())
        {
            await lambda.EndCallsAsync(requestsEnded);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (await lambdaBegun.CloseAsync())
        {
            await lambda.DisposeAsync();
        }

        foreach (var begun in services.Values.Distinct())
        {
            await begun.CloseAsync();
            begun.Dispose();
        }

        blobs.Dispose();
    }
}
