using System.Text;
using Storage.Server.Blobs;
using Storage.Server.Contracts;
using Storage.Server.Lambda.Invocation;
using Xunit;

namespace Storage.Layers.Tests.Invocation;

/// <summary>Asynchronous calls: what is queued runs, in which order, and what memory has of it.</summary>
public sealed class AsyncQueueTests
{
    [Fact]
    public async Task An_event_is_in_the_table_when_it_is_answered_runs_once_and_is_gone_then()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        var release = rig.Executor.Hold();
        var id = await rig.QueueAsync("F", "{\"n\":1}");
        Assert.True(Guid.TryParse(id, out _));
        Assert.Equal(1, await rig.CountQueuedAsync());
        var execution = await rig.Executor.NextAsync("F");
        Assert.Equal((id, "{\"n\":1}"), (execution.RequestId, Encoding.UTF8.GetString(execution.Payload.Span)));
        Assert.Equal(1, await rig.CountQueuedAsync());

        release.SetResult();
        await rig.UntilQueuedAsync(0);
        Assert.Equal(1, rig.Executor.Runs);
        await Wait.UntilAsync(() => rig.Pool.Running == 0);
    }

    [Fact]
    public async Task An_alias_is_looked_up_when_the_event_runs()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 1);
        rig.Catalog.Point("F", "live", "1");
        var release = rig.Executor.Hold();
        await rig.QueueAsync("F");
        await rig.Executor.NextAsync("F");
        await rig.QueueAsync("F:live");
        rig.Catalog.Point("F", "live", "2");
        release.SetResult();
        Assert.Equal("2", (await rig.Executor.NextAsync("F")).Function.Version.Version);
    }

    [Fact]
    public async Task Events_of_a_function_begin_in_the_order_they_came_in()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 1);
        const int events = 300; // More than are kept in memory.
        var release = rig.Executor.Hold();
        for (var i = 0; i < events; i++)
        {
            await rig.QueueAsync("F", $"{i}");
        }

        release.SetResult();
        for (var i = 0; i < events; i++)
        {
            Assert.Equal($"{i}", Encoding.UTF8.GetString((await rig.Executor.NextAsync("F")).Payload.Span));
        }

        await rig.UntilQueuedAsync(0);
        Assert.Equal(1, rig.Executor.GreatestOf("F"));
    }

    [Fact]
    public async Task Ten_thousand_events_wait_on_disk_and_a_bounded_few_in_memory_and_all_run_once()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 20);
        var release = rig.Executor.Hold();
        const int events = 10_000;
        var most = 0;
        for (var i = 0; i < events; i += 100)
        {
            await Task.WhenAll(Enumerable.Range(i, 100).Select(n => rig.QueueAsync("F", $"{n}")));
            most = Math.Max(most, rig.Queue.EventsInMemory);
        }

        var seen = new HashSet<string>();
        release.SetResult();
        for (var i = 0; i < events; i++)
        {
            Assert.True(seen.Add(Encoding.UTF8.GetString((await rig.Executor.NextAsync("F")).Payload.Span)));
            most = Math.Max(most, rig.Queue.EventsInMemory);
        }

        await rig.UntilQueuedAsync(0);
        Assert.Equal(events, rig.Executor.Runs);
        Assert.InRange(most, 1, EventLane.AheadMax);
        Assert.InRange(rig.Executor.GreatestOf("F"), 1, 20);
    }

    [Fact]
    public async Task A_busy_function_leaves_slots_to_the_others()
    {
        await using var rig = await Rig.StartAsync(runsMax: 8);
        rig.Catalog.Add("busy");
        rig.Catalog.Add("other");
        var release = rig.Executor.Hold();
        for (var i = 0; i < 100; i++)
        {
            await rig.QueueAsync("busy");
        }

        await rig.UntilLookedAsync();
        Assert.Equal(4, rig.Executor.RunningOf("busy")); // As many as are left free.
        await rig.QueueAsync("other");
        await rig.Executor.NextAsync("other");
        release.SetResult();
        await rig.UntilQueuedAsync(0);
    }

    [Fact]
    public async Task Queued_and_waiting_calls_share_the_concurrency_of_the_account()
    {
        await using var rig = await Rig.StartAsync(Rig.Defaults with { AccountConcurrency = 3 });
        rig.Catalog.Add("F");
        var release = rig.Executor.Hold();
        var call = rig.CallAsync("F");
        await rig.Executor.NextAsync("F");
        for (var i = 0; i < 10; i++)
        {
            await rig.QueueAsync("F");
        }

        await Wait.UntilAsync(() => rig.Executor.RunningOf("F") == 3);
        Assert.Equal("TooManyRequestsException", (await rig.CallAsync("F")).Refusal!.Code);
        release.SetResult();
        await call;
        await rig.UntilQueuedAsync(0);
        Assert.Equal(3, rig.Executor.GreatestOf("F"));
    }

    [Theory]
    [InlineData(BlobStore.ItemBytesMax)]
    [InlineData(BlobStore.ItemBytesMax + 1)]
    [InlineData(1_048_576)]
    public async Task A_payload_arrives_whole_whether_it_fits_an_item_or_not(int bytes)
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        rig.Executor.Function = (_, _) => ValueTask.FromResult(FakeExecutor.Failure());
        var payload = "\"" + new string('p', bytes - 2) + "\"";
        await rig.QueueAsync("F", payload);
        Assert.Equal(payload, Encoding.UTF8.GetString((await rig.Executor.NextAsync("F")).Payload.Span));

        // A start deletes the blobs that are not among these.
        var blobs = await BlobReferences.CollectAsync(rig.Store, new HashSet<string>(), default);
        Assert.Equal(bytes > BlobStore.ItemBytesMax ? 1 : 0, blobs.Names.Count);

        // Moved to its second attempt, it has the same payload.
        await Retry(rig, TimeSpan.FromMinutes(1));
        Assert.Equal(payload, Encoding.UTF8.GetString((await rig.Executor.NextAsync("F")).Payload.Span));
    }

    [Fact]
    public async Task An_event_whose_payload_was_lost_is_dropped_with_a_line_in_the_log()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 1);
        var release = rig.Executor.Hold();
        await rig.QueueAsync("F");
        await rig.Executor.NextAsync("F");
        var id = await rig.QueueAsync("F", "\"" + new string('p', BlobStore.ItemBytesMax) + "\"");
        rig.Blobs.DeleteExcept(new HashSet<string>());
        release.SetResult();
        await rig.UntilQueuedAsync(0);
        Assert.Equal(1, rig.Executor.Runs);
        Assert.Contains(("/aws/lambda/F", $"RequestId: {id} Event dropped: PayloadLost after 0 attempts\n"), rig.Log.Lines);
    }

    [Fact]
    public async Task Events_of_a_deleted_function_are_dropped()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 1);
        var release = rig.Executor.Hold();
        for (var i = 0; i < 5; i++)
        {
            await rig.QueueAsync("F");
        }

        await rig.Executor.NextAsync("F");
        rig.Catalog.Remove("F");
        release.SetResult();
        await rig.UntilQueuedAsync(0);
        Assert.Equal(1, rig.Executor.Runs);
        Assert.Empty(rig.Log.Lines);
        Assert.Equal("ResourceNotFoundException", (await rig.CallAsync("F", type: InvocationType.Event)).Refusal!.Code);
    }

    private static async Task Retry(Rig rig, TimeSpan wait)
    {
        await rig.UntilMovedAsync();
        rig.Time.Advance(wait);
    }
}
