using System.Text;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Server.Blobs;
using Storage.Server.Contracts;
using Storage.Server.Lambda;
using Storage.Server.Lambda.Invocation;

namespace Storage.Layers.Tests.Invocation;

/// <summary>The part that runs calls, on a store of its own, with a clock that stands still and functions of the test's.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private Rig(Store store, BlobStore blobs, FakeTimeProvider time, LambdaOptions options, FakeCatalog catalog, int runsMax)
    {
        Store = store;
        Blobs = blobs;
        Time = time;
        Catalog = catalog;
        Pool = new ConcurrencyPool(catalog, options);
        Queue = new AsyncQueue(store, blobs, catalog, Executor, Pool, Log, options, TextWriter.Null) { RunsMax = runsMax };
        Invoker = new FunctionInvoker(catalog, Executor, Pool, Queue, options, TextWriter.Null);
    }

    internal static LambdaOptions Defaults { get; } = new() { AccountConcurrency = 50, UnreservedConcurrencyMin = 0 };

    internal Store Store { get; }

    internal BlobStore Blobs { get; }

    internal FakeTimeProvider Time { get; }

    internal FakeCatalog Catalog { get; }

    internal FakeExecutor Executor { get; } = new();

    internal RecordingLog Log { get; } = new();

    internal ConcurrencyPool Pool { get; }

    internal AsyncQueue Queue { get; }

    internal FunctionInvoker Invoker { get; }

    /// <param name="options">Limits; <see cref="Defaults"/> when null.</param>
    /// <param name="directory">Of the store; null keeps it in memory.</param>
    /// <param name="time">The clock; null for a new one.</param>
    /// <param name="catalog">The functions; null for none yet.</param>
    /// <param name="runsMax">Slots of the queue.</param>
    /// <param name="prepare">Called before the queue starts.</param>
    internal static async Task<Rig> StartAsync(
        LambdaOptions? options = null,
        string? directory = null,
        FakeTimeProvider? time = null,
        FakeCatalog? catalog = null,
        int runsMax = 256,
        Action<Rig>? prepare = null)
    {
        time ??= new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        var store = await Store.OpenAsync(new StoreOptions { Directory = directory, Time = time });
        var rig = new Rig(store, new BlobStore(directory), time, options ?? Defaults, catalog ?? new FakeCatalog(), runsMax);
        prepare?.Invoke(rig);
        await rig.Queue.StartAsync(default);
        return rig;
    }

    internal Task<FunctionAnswer> CallAsync(
        string function, string payload = "{}", InvocationType type = InvocationType.RequestResponse) =>
        Invoker.InvokeAsync(new FunctionCall(function, Encoding.UTF8.GetBytes(payload), type), default).AsTask();

    internal async Task<string> QueueAsync(string function, string payload = "{}")
    {
        var answer = await CallAsync(function, payload, InvocationType.Event);
        return answer.Refusal is null ? answer.RequestId : throw new InvalidOperationException(answer.Refusal.Message);
    }

    /// <summary>Events in the table.</summary>
    internal async Task<int> CountQueuedAsync()
    {
        var count = 0;
        await foreach (var item in Store.ScanAsync(EventTable.TableName))
        {
            count += item.TryGetValue("requestId", out _) ? 1 : 0;
        }

        return count;
    }

    internal Task UntilQueuedAsync(int events) => Wait.UntilAsync(async () => await CountQueuedAsync() == events);

    /// <summary>Completes when no event of the table is due any more and none runs.</summary>
    internal Task UntilMovedAsync() => Wait.UntilAsync(async () =>
    {
        if (Pool.Running != 0)
        {
            return false;
        }

        await foreach (var item in Store.ScanAsync(EventTable.TableName))
        {
            if (item.TryGetValue("requestId", out _)
                && new QueuedEvent("", item["sk"].AsString()) { RequestId = "", DeadlineMs = 0 }.DueMs <= Time.GetUtcNow().ToUnixTimeMilliseconds())
            {
                return false;
            }
        }

        return true;
    });

    /// <summary>
    /// Completes when the dispatcher has looked at every lane since it was called: the second of two events of a function
    /// that nothing holds has run, so the look that began the first is over.
    /// </summary>
    internal async Task UntilLookedAsync()
    {
        Catalog.Add(FakeExecutor.Probe);
        for (var i = 0; i < 2; i++)
        {
            await QueueAsync(FakeExecutor.Probe);
            await Executor.NextAsync(FakeExecutor.Probe);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Queue.DisposeAsync();
        await Invoker.DisposeAsync();
        await Store.DisposeAsync();
        Blobs.Dispose();
    }
}
