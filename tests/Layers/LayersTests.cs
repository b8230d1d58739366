using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Server;
using Storage.Server.Aws;
using Storage.Server.Blobs;
using Storage.Server.Identity;
using Storage.Server.Lambda;
using Storage.Server.Lambda.EventSources;
using Storage.Server.Logs;
using Storage.Server.Options;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests;

/// <summary>How the layers come and go with the server.</summary>
public sealed class LayersTests : IDisposable
{
    private static readonly Uri Address = new("http://127.0.0.1:8000");

    private readonly ScratchDirectory scratch = new();

    private string Data => scratch.File("data");

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task A_store_of_tables_only_has_nothing_of_the_layers()
    {
        var options = new ServerOptions { Port = 0, Data = Data };
        var store = await Store.OpenAsync(options.StoreOptions);
        await using var server = RunningServer.Of(await StorageServer.StartAsync(options, store));
        await server.AssertServesAsync();
        Assert.Empty(await store.ListSystemTablesAsync(default));
        Assert.False(Directory.Exists(Path.Combine(Data, "lambda")));
        Assert.False(Directory.Exists(Path.Combine(Data, "blobs")));
    }

    [Fact]
    public async Task Functions_wait_until_the_server_knows_where_it_listens()
    {
        await using var store = await Store.OpenAsync(new StoreOptions());
        await using var layers = new Server.Layers(store, new ServerOptions { Data = null }, TextWriter.Null);
        var prepared = layers.PrepareAsync(LambdaOf(layers)).AsTask();
        Assert.Empty(await store.ListSystemTablesAsync(default));
        Assert.False(prepared.IsCompleted);
        await layers.StartAsync(Address, default);
        await prepared;
        Assert.NotEmpty(await store.ListSystemTablesAsync(default));
    }

    [Fact]
    public async Task A_start_that_waits_ends_with_the_server()
    {
        await using var store = await Store.OpenAsync(new StoreOptions());
        var layers = new Server.Layers(store, new ServerOptions { Data = null }, TextWriter.Null);
        var prepared = layers.PrepareAsync(LambdaOf(layers)).AsTask();
        await layers.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => prepared);
        Assert.Empty(await store.ListSystemTablesAsync(default));
    }

    [Fact]
    public async Task A_start_that_failed_halfway_goes_on_where_it_failed()
    {
        var time = new CountingTime();
        await using var store = await Store.OpenAsync(new StoreOptions { Time = time });
        var logs = new LogsService(store, time);
        var identity = new IdentityLayer(store);
        using var blobs = new BlobStore(null);
        await using var lambda = new LambdaLayer(store, blobs, logs, identity, new LambdaOptions(), TextWriter.Null);
        await new MappingTable(store).EnsureAsync(default);
        var damaged = MappingItem.KeyOf("damaged");
        await store.PutAsync(MappingTable.Name, damaged);
        await Assert.ThrowsAnyAsync<Exception>(async () => await lambda.StartAsync(default));
        var sleeping = time.SleepingTimers;
        Assert.NotEqual(0, sleeping); // The queue's: it was begun.

        await store.DeleteAsync(MappingTable.Name, damaged);
        await lambda.StartAsync(default);
        Assert.Equal(sleeping, time.SleepingTimers);
    }

    private static IAwsService LambdaOf(Server.Layers layers) => layers.Services.Single(service => service.SigningName == "lambda");

    /// <summary>Counts timers that were made without a time to go off.</summary>
    private sealed class CountingTime : FakeTimeProvider
    {
        private int sleepingTimers;

        internal int SleepingTimers => Volatile.Read(ref sleepingTimers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                Interlocked.Increment(ref sleepingTimers);
            }

            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
