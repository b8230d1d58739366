using Storage.Engine.Model;
using Storage.Server.Contracts;
using Xunit;

namespace Storage.Layers.Tests.EventSources;

/// <summary>Mappings that change, stop, go on and end while their workers run.</summary>
public sealed class SupervisionTests
{
    [Fact]
    public async Task A_restart_goes_on_behind_the_checkpoint()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        var uuid = await rig.MapAsync();
        await rig.CheckpointAsync(uuid, new ChangePosition(1, 0));
        await rig.StopSupervisorAsync();
        rig.Stream.Append("a", 2);
        await rig.StartSupervisorAsync();
        await rig.CheckpointAsync(uuid, new ChangePosition(2, 0));
        Assert.Equal("a1 | a2", rig.Function.Text);
        await rig.StateAsync(uuid, "Enabled");
    }

    [Fact]
    public async Task A_mapping_that_is_disabled_and_enabled_goes_on_behind_the_checkpoint()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        var uuid = await rig.MapAsync();
        await rig.CheckpointAsync(uuid, new ChangePosition(1, 0));
        await rig.UpdateAsync(uuid, "{\"Enabled\":false}");
        await rig.StateAsync(uuid, "Disabled");
        rig.Stream.Append("a", 2);
        await rig.RestartAsync(); // stays disabled
        await rig.StateAsync(uuid, "Disabled");
        Assert.Equal("a1", rig.Function.Text);
        await rig.UpdateAsync(uuid, "{\"Enabled\":true}");
        await rig.CheckpointAsync(uuid, new ChangePosition(2, 0));
        Assert.Equal("a1 | a2", rig.Function.Text);
    }

    [Fact]
    public async Task Disabling_lets_the_batch_under_way_end_and_acknowledges_it()
    {
        await using var rig = await SourceRig.StartAsync();
        var (began, end) = Gate(rig);
        rig.Stream.Append("a", 1);
        var uuid = await rig.MapAsync();
        await began.Task;
        await rig.UpdateAsync(uuid, "{\"Enabled\":false}");
        Assert.Equal("Disabling", (await rig.GetAsync(uuid))["State"]!.GetValue<string>());
        end.SetResult(FakeInvoker.Success());
        await rig.StateAsync(uuid, "Disabled");
        Assert.Equal("a1", rig.Function.Text);
        Assert.Equal(new ChangePosition(1, 0), (await rig.FindCheckpointAsync(uuid))!.Position);
    }

    [Fact]
    public async Task A_mapping_enabled_again_while_it_is_disabling_goes_on()
    {
        await using var rig = await SourceRig.StartAsync();
        var (began, end) = Gate(rig);
        rig.Stream.Append("a", 1);
        var uuid = await rig.MapAsync();
        await began.Task;
        await rig.UpdateAsync(uuid, "{\"Enabled\":false}");
        await rig.UpdateAsync(uuid, "{\"Enabled\":true}");
        rig.Stream.Append("a", 2);
        end.SetResult(FakeInvoker.Success());
        await rig.CheckpointAsync(uuid, new ChangePosition(2, 0));
        Assert.Equal("a1 | a2", rig.Function.Text);
    }

    [Fact]
    public async Task An_update_takes_effect_at_the_next_batch()
    {
        await using var rig = await SourceRig.StartAsync();
        var (began, end) = Gate(rig);
        rig.Stream.Append("a", 1);
        var uuid = await rig.MapAsync("\"BatchSize\":1");
        await began.Task;
        rig.Stream.Append("a", 2);
        rig.Stream.Append("a", 3);
        await rig.UpdateAsync(uuid, "{\"BatchSize\":10,\"FunctionName\":\"g\"}");
        await rig.StateAsync(uuid, "Enabled");
        await rig.UpdateAsync(uuid, """{"FilterCriteria":{"Filters":[{"Pattern":"{\"dynamodb\":{\"NewImage\":{\"v\":{\"N\":[\"3\"]}}}}"}]}}""");
        await rig.StateAsync(uuid, "Enabled");
        end.SetResult(FakeInvoker.Success());
        await rig.CheckpointAsync(uuid, new ChangePosition(3, 0));
        Assert.Equal("a1 | a3", rig.Function.Text);
        Assert.Equal(FakeFunctions.ArnPrefix + "g", rig.Function.Calls[1].Function);
    }

    [Fact]
    public async Task An_update_ends_the_wait_before_a_retry_because_it_may_be_the_remedy()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Function.Answer = (batch, _) => new(
            batch.Function.EndsWith(":g", StringComparison.Ordinal) ? FakeInvoker.Success() : FakeInvoker.Failure());
        rig.Stream.Append("a", 1);
        var uuid = await rig.MapAsync();
        await Eventually.TrueAsync(() => rig.Time.Waits.Count == 1, () => "No retry is waiting.");
        await rig.UpdateAsync(uuid, "{\"FunctionName\":\"g\"}");
        await rig.CheckpointAsync(uuid, new ChangePosition(1, 0)); // and the clock has not moved
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(3, 1)]
    [InlineData(2, 10)]
    public async Task Another_parallelization_factor_keeps_order_and_repeats_nothing_that_was_acknowledged(int before, int after)
    {
        await using var rig = await SourceRig.StartAsync();
        var uuid = await rig.MapAsync($"\"ParallelizationFactor\":{before},\"BatchSize\":3");
        var held = "k0";
        rig.Function.Answer = (batch, _) => new(
            batch.Records.Any(record => record.Key == held) ? FakeInvoker.Failure() : FakeInvoker.Success());
        var last = Write(rig, 1, 10, keys: 7);
        if (before > 1)
        {
            // The other lanes have gone on while one stands still.
            await Eventually.TrueAsync(
                async () => (await rig.FindCheckpointAsync(uuid))?.Lanes.Max() >= last, () => rig.Function.Text);
        }

        var acknowledged = (await rig.FindCheckpointAsync(uuid))?.Lanes ?? [default];
        var first = rig.Function.Calls.Count;
        rig.Function.Answer = (_, _) => new(FakeInvoker.Success());
        await rig.UpdateAsync(uuid, $"{{\"ParallelizationFactor\":{after}}}");
        Write(rig, 11, 20, keys: 7);
        await Eventually.TrueAsync(
            () => rig.Function.Calls.SelectMany(call => call.Records).Distinct().Count() == 7 * 20, () => rig.Function.Text);
        await rig.StateAsync(uuid, "Enabled");
        await rig.StopSupervisorAsync();
        foreach (var record in rig.Function.Calls.Skip(first).SelectMany(call => call.Records))
        {
            var lane = Storage.Server.Lambda.EventSources.ShardCheckpoint.LaneOf(FakeStream.HashOf(record.Key), acknowledged.Length);
            Assert.True(record.Position > acknowledged[lane], $"{record} came again.");
        }

        AssertOrder(rig.Function.Calls);
        var checkpoint = await rig.FindCheckpointAsync(uuid);
        Assert.Equal(after, checkpoint!.Lanes.Length);
    }

    [Fact]
    public async Task A_stop_waits_for_the_batch_under_way_and_acknowledges_it()
    {
        await using var rig = await SourceRig.StartAsync();
        var (began, end) = Gate(rig);
        rig.Stream.Append("a", 1);
        var uuid = await rig.MapAsync();
        await began.Task;
        var stop = rig.StopSupervisorAsync();
        end.SetResult(FakeInvoker.Success());
        await stop;
        Assert.Equal(new ChangePosition(1, 0), (await rig.FindCheckpointAsync(uuid))!.Position);
    }

    [Fact]
    public async Task A_stop_gives_up_a_batch_that_takes_too_long_and_it_comes_again()
    {
        await using var rig = await SourceRig.StartAsync();
        var (began, _) = Gate(rig);
        rig.Stream.Append("a", 1);
        var uuid = await rig.MapAsync();
        await began.Task;
        var stop = rig.StopSupervisorAsync();
        await rig.Time.PassAsync(1);
        await stop;
        Assert.Null(await rig.FindCheckpointAsync(uuid));
        rig.Function.Answer = (_, _) => new(FakeInvoker.Success());
        await rig.StartSupervisorAsync();
        await rig.CheckpointAsync(uuid, new ChangePosition(1, 0));
        Assert.Equal("a1 | a1", rig.Function.Text);
    }

    [Fact]
    public async Task A_function_that_fails_because_the_server_ends_uses_up_no_attempt()
    {
        await using var rig = await SourceRig.StartAsync();
        var (began, end) = Gate(rig);
        rig.Stream.Append("a", 1);
        var uuid = await rig.MapAsync("\"MaximumRetryAttempts\":0");
        await began.Task;
        var stop = rig.StopSupervisorAsync();
        end.SetResult(FakeInvoker.Failure());
        await stop;
        Assert.Null(await rig.FindCheckpointAsync(uuid));
        Assert.DoesNotContain("discarded", rig.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_ends_the_wait_before_a_retry_and_the_wait_of_a_window()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Function.Answer = (_, _) => new(FakeInvoker.Failure());
        rig.Stream.Append("a", 1);
        await rig.MapAsync();
        await rig.MapAsync("\"MaximumBatchingWindowInSeconds\":300", function: "g");
        await Eventually.TrueAsync(() => rig.Time.Waits.Count == 2, () => "Nobody waits.");
        await rig.StopSupervisorAsync(); // and the clock does not move
        Assert.Equal("a1", rig.Function.Text);
    }

    [Fact]
    public async Task Deleting_a_mapping_gives_up_a_batch_that_takes_too_long_and_leaves_no_checkpoint()
    {
        await using var rig = await SourceRig.StartAsync();
        var (began, _) = Gate(rig);
        rig.Stream.Append("a", 1);
        var uuid = await rig.MapAsync();
        await began.Task;
        await rig.DeleteAsync(uuid);
        Assert.Equal("Deleting", (await rig.GetAsync(uuid))["State"]!.GetValue<string>());
        await rig.Time.PassAsync(1);
        await Eventually.TrueAsync(async () => await rig.Table.FindAsync(uuid, default) is null, () => "It is still there.");
        Assert.Null(await rig.FindCheckpointAsync(uuid));
        Assert.Equal("No records processed", await rig.Table.FindResultAsync(uuid, default));
    }

    [Fact]
    public async Task A_mapping_whose_stream_is_gone_says_so_and_idles()
    {
        await using var rig = await SourceRig.StartAsync();
        var uuid = await rig.MapAsync();
        rig.Stream.IsMissing = true;
        rig.Stream.Append("a", 1); // wakes the reader
        await rig.ResultAsync(uuid, "PROBLEM: Stream not found");
        await rig.RestartAsync();
        await rig.ResultAsync(uuid, "PROBLEM: Stream not found");
        Assert.Empty(rig.Time.Waits);
        await rig.DeleteAsync(uuid);
        await Eventually.TrueAsync(async () => await rig.Table.FindAsync(uuid, default) is null, () => "It is still there.");
    }

    [Fact]
    public async Task A_function_that_comes_back_gets_what_it_missed()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Function.Answer = (_, _) => new(FakeInvoker.Refusal(404));
        rig.Stream.Append("a", 1);
        var uuid = await rig.MapAsync();
        await rig.ResultAsync(uuid, "PROBLEM: Function not found");
        rig.Function.Answer = (_, _) => new(FakeInvoker.Success());
        await rig.Time.PassAsync(1);
        await rig.ResultAsync(uuid, "OK");
        await rig.CheckpointAsync(uuid, new ChangePosition(1, 0));
    }

    internal static void AssertOrder(IEnumerable<ReceivedBatch> calls)
    {
        var newest = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var record in calls.SelectMany(call => call.Records))
        {
            var before = newest.GetValueOrDefault(record.Key);
            Assert.True(record.Version <= before + 1, $"{record} came when {before} was the newest.");
            newest[record.Key] = Math.Max(before, record.Version);
        }
    }

    private static ChangePosition Write(SourceRig rig, int from, int to, int keys)
    {
        ChangePosition last = default;
        for (var version = from; version <= to; version++)
        {
            for (var key = 0; key < keys; key++)
            {
                last = rig.Stream.Append($"k{key}", version);
            }
        }

        return last;
    }

    /// <summary>The first call tells that it began and then ends when it is told to; later ones succeed at once.</summary>
    private static (TaskCompletionSource Began, TaskCompletionSource<FunctionAnswer> End) Gate(SourceRig rig)
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var end = new TaskCompletionSource<FunctionAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = 0;
        rig.Function.Answer = (_, cancellation) =>
        {
            if (Interlocked.Increment(ref calls) > 1)
            {
                return new(FakeInvoker.Success());
            }

            began.SetResult();
            return new(end.Task.WaitAsync(cancellation));
        };
        return (began, end);
    }
}
