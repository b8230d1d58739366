using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;
using Storage.Engine;
using Storage.Engine.Api;
using Storage.Server.Aws;
using Storage.Server.Options;

namespace Storage.Server;

/// <summary>
/// One store behind one Kestrel listener: a single request delegate, no routing, no middleware. Disposing stops
/// accepting, finishes what is in flight and closes the store.
/// </summary>
internal sealed class StorageServer : IAsyncDisposable
{
    private readonly WebApplication host;
    private readonly Layers layers;
    private readonly Store store;
    private int disposals;

    private StorageServer(WebApplication host, Layers layers, Store store, Uri address)
    {
        this.host = host;
        this.layers = layers;
        this.store = store;
        Address = address;
    }

    /// <summary>Where it listens, the port that was picked included.</summary>
    internal Uri Address { get; }

    /// <summary>Opens the store, binds and serves.</summary>
    /// <exception cref="IOException">The address is in use, or the store is locked or damaged.</exception>
    internal static async Task<StorageServer> StartAsync(ServerOptions options, CancellationToken cancellation = default)
    {
        return await StartAsync(options, await Store.OpenAsync(options.StoreOptions, cancellation), cancellation);
    }

    /// <summary>Serves a store that is open, and owns it from here on: it is closed if the start fails.</summary>
    /// <exception cref="IOException">The address is in use.</exception>
    internal static async Task<StorageServer> StartAsync(
        ServerOptions options, Store store, CancellationToken cancellation = default)
    {
        WebApplication? host = null;
        Layers? layers = null;
        try
        {
            layers = new Layers(store, options, Console.Error);
            await layers.SweepAsync(cancellation);
            host = Build(options, store, layers);
            await host.StartAsync(cancellation);
            var addresses = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
            var address = new Uri(addresses.Addresses.Single());
            await layers.StartAsync(address, cancellation);
            return new StorageServer(host, layers, store, address);
        }
        catch
        {
            if (host is not null)
            {
                await host.DisposeAsync();
            }

            if (layers is not null)
            {
                await layers.DisposeAsync();
            }

            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when SIGTERM or SIGINT asked the process to stop, or the server was stopped.</summary>
    internal async Task WaitForStopAsync()
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = host.Lifetime.ApplicationStopping.Register(stopping.SetResult);
        await stopping.Task;
    }

    /// <summary>
    /// Stops accepting, waits for the requests in flight, calls of functions only for a while, then ends the layers and
    /// closes the store.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Increment(ref disposals) > 1)
        {
            return;
        }

        var requestsEnded = host.StopAsync();
        await layers.EndCallsAsync(requestsEnded);
        await requestsEnded;
        await host.DisposeAsync();
        await layers.DisposeAsync();
        await store.DisposeAsync();
    }

    private static WebApplication Build(ServerOptions options, Store store, Layers layers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        builder.Logging
            .AddSimpleConsole()
            .SetMinimumLevel(LogLevel.Warning)
            // This category's mere being enabled makes the host start an Activity for every request.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            // A failed start is told in one sentence by whoever started it.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        var host = builder.Build();
        var everyAddress = options.Host.Equals(IPAddress.Any) || options.Host.Equals(IPAddress.IPv6Any);
        var router = new ServiceRouter(
            store,
            new HostRules([.. options.AllowedHosts, options.Host.ToString()], everyAddress),
            new CrossOrigin(options.CorsOrigins),
            new RequestIds(Random.Shared.NextInt64()),
            Console.Error,
            layers.Services,
            layers.PrepareAsync,
            () => layers.Health);
        host.Run(router.HandleAsync);
        return host;
    }

    private static void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Listen(options.Host, options.Port, listener => listener.Protocols = HttpProtocols.Http1);
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = RequestBody.DiscardedBytesMax;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(10));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(10));
        limits.MaxConcurrentConnections = 4096;
    }
}
