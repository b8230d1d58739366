using Storage.Server.Lambda;
using Storage.Server.Lambda.Invocation;
using Xunit;

namespace Storage.Layers.Tests.Invocation;

/// <summary>
/// When an asynchronous call is tried again. Source: Lambda's developer guide: a function error is retried twice, after
/// one and two minutes; throttles and system errors go back to the queue, from 1 second up to 5 minutes, for 6 hours.
/// </summary>
public sealed class AsyncRetryTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_failed_event_is_tried_again_after_one_minute_then_after_two_and_given_up_then()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        rig.Executor.Function = (_, _) => ValueTask.FromResult(FakeExecutor.Failure());
        var id = await rig.QueueAsync("F");
        Assert.Equal(id, (await rig.Executor.NextAsync("F")).RequestId);
        foreach (var wait in new[] { TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2) })
        {
            await rig.UntilMovedAsync();
            rig.Time.Advance(wait - Millisecond);
            await rig.UntilLookedAsync();
            Assert.False(rig.Executor.HasNext("F"));
            rig.Time.Advance(Millisecond);
            Assert.Equal(id, (await rig.Executor.NextAsync("F")).RequestId);
        }

        await rig.UntilQueuedAsync(0);
        Assert.Contains(("/aws/lambda/F", $"RequestId: {id} Event dropped: RetriesExhausted after 3 attempts\n"), rig.Log.Lines);
    }

    [Fact]
    public async Task An_event_that_succeeds_at_its_second_attempt_is_done()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        var failures = 1;
        rig.Executor.Function = (_, _) => ValueTask.FromResult(
            Interlocked.Decrement(ref failures) >= 0 ? FakeExecutor.Failure() : FakeExecutor.Answer("1"));
        await rig.QueueAsync("F");
        await rig.Executor.NextAsync("F");
        await rig.UntilMovedAsync();
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        await rig.Executor.NextAsync("F");
        await rig.UntilQueuedAsync(0);
        Assert.Empty(rig.Log.Lines);
    }

    [Fact]
    public void A_throttled_lane_waits_twice_as_long_each_time_and_an_early_try_changes_nothing()
    {
        var (min, max) = (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        var lane = new EventLane("F", null);
        var now = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
        foreach (var seconds in new[] { 1, 2, 4, 8 })
        {
            lane.Throttle(now, min, max);
            Assert.Equal(now + TimeSpan.FromSeconds(seconds), lane.RetryAt);
            lane.Throttle(now + TimeSpan.FromSeconds(seconds) - Millisecond, min, max);
            Assert.Equal(now + TimeSpan.FromSeconds(seconds), lane.RetryAt);
            now += TimeSpan.FromSeconds(seconds);
        }

        lane.EndThrottle();
        Assert.Null(lane.RetryAt);
        lane.Throttle(now, min, max);
        Assert.Equal(now + min, lane.RetryAt);
    }

    [Fact]
    public async Task Room_that_nobody_told_of_is_found_when_the_wait_is_over()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 1);
        rig.Executor.Hold();
        _ = rig.CallAsync("F");
        await rig.Executor.NextAsync("F");
        await rig.QueueAsync("F");
        await rig.UntilLookedAsync();
        rig.Catalog.Reserve("F", 2);
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await rig.Executor.NextAsync("F");
    }

    [Fact]
    public void A_wait_doubles_from_one_second_to_five_minutes()
    {
        var (min, max) = (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        Assert.Equal(
            [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300],
            Enumerable.Range(0, 11).Select(failures => Backoff.After(failures, min, max).TotalSeconds));
        Assert.Equal(max, Backoff.After(int.MaxValue, min, max));
    }

    [Fact]
    public async Task A_throttled_event_runs_as_soon_as_a_lease_comes_back()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 1);
        var release = rig.Executor.Hold();
        var call = rig.CallAsync("F");
        await rig.Executor.NextAsync("F");
        await rig.QueueAsync("F");
        await rig.UntilLookedAsync();
        Assert.False(rig.Executor.HasNext("F"));
        release.SetResult();
        await call;
        await rig.Executor.NextAsync("F");
        await rig.UntilQueuedAsync(0);
    }

    [Fact]
    public async Task A_throttled_event_runs_as_soon_as_its_reservation_grows()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 1);
        rig.Executor.Hold();
        _ = rig.CallAsync("F");
        await rig.Executor.NextAsync("F");
        await rig.QueueAsync("F");
        await rig.UntilLookedAsync();
        rig.Catalog.Reserve("F", 2);
        rig.Catalog.Tell("F");
        await rig.Executor.NextAsync("F");
    }

    [Fact]
    public async Task A_run_that_the_system_failed_is_no_attempt()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        rig.Executor.Function = (_, _) => throw new IOException("no process");
        var id = await rig.QueueAsync("F");
        await rig.Executor.NextAsync("F");
        foreach (var seconds in new[] { 1, 2, 4, 8 })
        {
            await rig.UntilMovedAsync();
            rig.Time.Advance(TimeSpan.FromSeconds(seconds) - Millisecond);
            await rig.UntilLookedAsync();
            Assert.False(rig.Executor.HasNext("F"));
            rig.Time.Advance(Millisecond);
            Assert.Equal(id, (await rig.Executor.NextAsync("F")).RequestId);
        }

        // Three attempts by the function itself are still to come.
        await rig.UntilMovedAsync();
        rig.Executor.Function = (_, _) => ValueTask.FromResult(FakeExecutor.Failure());
        foreach (var seconds in new[] { 16, 60, 120 })
        {
            rig.Time.Advance(TimeSpan.FromSeconds(seconds));
            await rig.Executor.NextAsync("F");
            await rig.UntilMovedAsync();
        }

        await rig.UntilQueuedAsync(0);
        Assert.Contains(("/aws/lambda/F", $"RequestId: {id} Event dropped: RetriesExhausted after 3 attempts\n"), rig.Log.Lines);
    }

    [Fact]
    public async Task An_event_that_could_not_even_begin_stays_where_it_is_and_is_tried_again_after_a_second()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 1);
        var release = rig.Executor.Hold();
        await rig.QueueAsync("F");
        await rig.Executor.NextAsync("F");
        await rig.QueueAsync("F", "\"first\"");
        await rig.QueueAsync("F", "\"second\"");
        rig.Catalog.Refusal = new IOException("disk");
        release.SetResult();
        await Wait.UntilAsync(() => rig.Catalog.Refusals == 1 && rig.Pool.Running == 0);
        rig.Catalog.Refusal = null;
        await rig.UntilLookedAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        foreach (var payload in new[] { "\"first\"", "\"second\"" })
        {
            Assert.Equal(payload, System.Text.Encoding.UTF8.GetString((await rig.Executor.NextAsync("F")).Payload.Span));
        }

        await rig.UntilQueuedAsync(0);
    }

    [Fact]
    public async Task A_throttled_event_is_dropped_at_its_greatest_age_without_an_attempt()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 1);
        rig.Executor.Hold();
        _ = rig.CallAsync("F");
        await rig.Executor.NextAsync("F");
        var id = await rig.QueueAsync("F");
        await rig.UntilLookedAsync();
        rig.Time.Advance(TimeSpan.FromHours(6) - Millisecond);
        await rig.UntilLookedAsync();
        Assert.Equal(1, await rig.CountQueuedAsync());
        rig.Time.Advance(Millisecond);
        await rig.UntilQueuedAsync(0);
        Assert.Contains(("/aws/lambda/F", $"RequestId: {id} Event dropped: EventAgeExceeded after 0 attempts\n"), rig.Log.Lines);
        Assert.False(rig.Executor.HasNext("F"));
    }

    [Fact]
    public async Task A_function_with_zero_reserved_takes_events_and_drops_them_at_once()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 0);
        var id = await rig.QueueAsync("F");
        await rig.UntilQueuedAsync(0);
        Assert.Contains(("/aws/lambda/F", $"RequestId: {id} Event dropped: ZeroReservedConcurrency after 0 attempts\n"), rig.Log.Lines);
        Assert.Equal(0, rig.Executor.Runs);
    }

    [Fact]
    public async Task A_function_may_have_fewer_retries_and_a_smaller_age_than_the_account()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 1);
        rig.Catalog.Configure("F", "$LATEST", retries: 0, ageSeconds: 60);
        rig.Executor.Function = (_, _) => ValueTask.FromResult(FakeExecutor.Failure());
        var failed = await rig.QueueAsync("F");
        await rig.Executor.NextAsync("F");
        await rig.UntilQueuedAsync(0);

        rig.Executor.Hold();
        _ = rig.CallAsync("F");
        await rig.Executor.NextAsync("F");
        var old = await rig.QueueAsync("F");
        await rig.UntilLookedAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(60));
        await rig.UntilQueuedAsync(0);
        Assert.Equal(
            [
                ("/aws/lambda/F", $"RequestId: {failed} Event dropped: RetriesExhausted after 1 attempts\n"),
                ("/aws/lambda/F", $"RequestId: {old} Event dropped: EventAgeExceeded after 0 attempts\n"),
            ],
            rig.Log.Lines);
    }
}
