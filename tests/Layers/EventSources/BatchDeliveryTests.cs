using Storage.Engine.Model;
using Storage.Server.Lambda.EventSources;
using Xunit;

namespace Storage.Layers.Tests.EventSources;

/// <summary>How batches are made and acknowledged. Source: Lambda Developer Guide, DynamoDB streams.</summary>
public sealed class BatchDeliveryTests
{
    [Fact]
    public async Task LATEST_is_fixed_when_the_mapping_becomes_enabled_and_holds_through_a_restart()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        await rig.MapAsync(starting: "LATEST");
        await rig.StopSupervisorAsync(); // before any record was delivered, so there is no checkpoint
        rig.Stream.Append("a", 2);
        await rig.StartSupervisorAsync();
        await rig.CallsAsync(1);
        Assert.Equal("a2", rig.Function.Text);
    }

    [Fact]
    public async Task LATEST_of_a_mapping_created_disabled_is_when_it_is_enabled()
    {
        await using var rig = await SourceRig.StartAsync();
        var created = await rig.CreateAsync($$"""
            {"FunctionName":"f","EventSourceArn":"{{FakeStream.Arn}}","StartingPosition":"LATEST","Enabled":false}
            """);
        var uuid = created["UUID"]!.GetValue<string>();
        await rig.StateAsync(uuid, "Disabled");
        rig.Stream.Append("a", 1);
        await rig.UpdateAsync(uuid, "{\"Enabled\":true}");
        await rig.StateAsync(uuid, "Enabled");
        rig.Stream.Append("a", 2);
        await rig.CallsAsync(1);
        Assert.Equal("a2", rig.Function.Text);
    }

    [Fact]
    public async Task TRIM_HORIZON_begins_with_the_oldest_record_and_batches_are_full_and_in_order()
    {
        await using var rig = await SourceRig.StartAsync();
        for (var version = 1; version <= 5; version++)
        {
            rig.Stream.Append("a", version);
        }

        await rig.MapAsync("\"BatchSize\":2");
        await rig.CallsAsync(3);
        Assert.Equal("a1 a2 | a3 a4 | a5", rig.Function.Text);
    }

    [Fact]
    public async Task A_batch_is_of_one_shard()
    {
        await using var rig = await SourceRig.StartAsync(shards: 2);
        var keys = KeysOf(2, key => rig.Stream.ShardOf(key));
        rig.Stream.Append(keys[0], 1);
        rig.Stream.Append(keys[1], 1);
        rig.Stream.Append(keys[0], 2);
        await rig.MapAsync();
        await rig.CallsAsync(2);
        Assert.Equal(
            new[] { $"{keys[0]}1 {keys[0]}2", $"{keys[1]}1" }.Order(), rig.Function.Calls.Select(call => call.ToString()).Order());
    }

    /// <summary>"up to 6 MB in each batch".</summary>
    [Fact]
    public async Task A_batch_ends_before_its_payload_passes_6_MB()
    {
        await using var rig = await SourceRig.StartAsync();
        for (var version = 1; version <= 20; version++)
        {
            rig.Stream.Append("a", version, new string('x', 400_000));
        }

        await rig.MapAsync("\"BatchSize\":10000");
        await rig.CallsAsync(2);
        var calls = rig.Function.Calls;
        Assert.Equal([15, 5], calls.Select(call => call.Records.Count));
        Assert.All(calls, call => Assert.InRange(call.PayloadBytes, 1, 6 * 1024 * 1024));
        Assert.True(calls[0].PayloadBytes + (calls[0].PayloadBytes / 15) > 6 * 1024 * 1024);
    }

    [Fact]
    public async Task A_window_counts_from_the_first_record_and_a_full_batch_does_not_wait_for_it()
    {
        await using var rig = await SourceRig.StartAsync();
        await rig.MapAsync("\"BatchSize\":3,\"MaximumBatchingWindowInSeconds\":300");
        rig.Stream.Append("a", 1);
        await Eventually.TrueAsync(() => rig.Time.Waits.Count == 1, () => "Nobody waits for the window.");
        Assert.Equal(TimeSpan.FromSeconds(300), rig.Time.Waits[0]);
        rig.Time.Advance(TimeSpan.FromSeconds(100));
        rig.Stream.Append("a", 2);
        await Eventually.TrueAsync(() => rig.Time.Waits.Count == 2, () => "Nobody waits for the rest of the window.");
        Assert.Equal(TimeSpan.FromSeconds(200), rig.Time.Waits[1]);
        Assert.Empty(rig.Function.Calls);
        rig.Time.Advance(TimeSpan.FromSeconds(200));
        await rig.CallsAsync(1);

        rig.Stream.Append("a", 3);
        rig.Stream.Append("a", 4);
        rig.Stream.Append("a", 5);
        await rig.CallsAsync(2);
        Assert.Equal("a1 a2 | a3 a4 a5", rig.Function.Text);
    }

    [Fact]
    public async Task The_next_call_comes_when_the_checkpoint_of_the_last_is_durable()
    {
        await using var rig = await SourceRig.StartAsync();
        var positions = Enumerable.Range(1, 20).Select(version => rig.Stream.Append("a", version)).ToList();
        var late = 0;
        rig.Function.Answer = async (batch, _) =>
        {
            // (0, 0) is before all records: before the first call there is no checkpoint.
            var uuid = (await rig.Table.ListAsync(default))[0].Uuid;
            var mark = (await rig.FindCheckpointAsync(uuid))?.Position ?? default;
            var before = positions.IndexOf(batch.Records[0].Position);
            late += mark == (before == 0 ? default : positions[before - 1]) ? 0 : 1;
            return FakeInvoker.Success();
        };
        var uuid = await rig.MapAsync("\"BatchSize\":1");
        await rig.CheckpointAsync(uuid, positions[^1]);
        Assert.Equal(0, late);
        await rig.ResultAsync(uuid, "OK");
    }

    [Fact]
    public async Task Lanes_run_at_once_and_a_key_keeps_its_lane()
    {
        await using var rig = await SourceRig.StartAsync();
        var keys = KeysOf(2, key => ShardCheckpoint.LaneOf(FakeStream.HashOf(key), 2));
        var both = new CountdownEvent(2);
        rig.Function.Answer = async (batch, cancellation) =>
        {
            Assert.Single(batch.Records.Select(record => record.Key).Distinct());
            if (batch.Records[0].Version == 1)
            {
                both.Signal();
                await Task.Run(() => both.Wait(cancellation), cancellation); // hangs unless the other lane calls meanwhile
            }

            return FakeInvoker.Success();
        };
        foreach (var version in Enumerable.Range(1, 3))
        {
            rig.Stream.Append(keys[0], version);
            rig.Stream.Append(keys[1], version);
        }

        await rig.MapAsync("\"ParallelizationFactor\":2,\"BatchSize\":2");
        await rig.CallsAsync(4);
        Assert.Equal(
            [$"{keys[0]}1 {keys[0]}2", $"{keys[0]}3"],
            rig.Function.Calls.Where(call => call.Records[0].Key == keys[0]).Select(call => call.ToString()));
    }

    [Fact]
    public async Task A_failing_batch_holds_its_lane_only_and_the_low_water_mark_stays_before_it()
    {
        await using var rig = await SourceRig.StartAsync();
        var keys = KeysOf(2, key => ShardCheckpoint.LaneOf(FakeStream.HashOf(key), 2));
        rig.Function.Answer = (batch, _) => new(
            batch.Records[0].Key == keys[0] ? FakeInvoker.Failure() : FakeInvoker.Success());
        var before = rig.Stream.Append(keys[1], 1);
        rig.Stream.Append(keys[0], 1);
        var uuid = await rig.MapAsync("\"ParallelizationFactor\":2,\"BatchSize\":1");
        for (var version = 2; version <= 50; version++)
        {
            rig.Stream.Append(keys[1], version);
        }

        await rig.CallsAsync(51); // 50 of the other key, while the first batch is waiting
        await rig.StopSupervisorAsync();
        var mark = (await rig.FindCheckpointAsync(uuid))!.Position;
        Assert.True(mark >= before && mark < new ChangePosition(2, 0), $"The low-water mark is {mark}.");

        // After a restart the lane that went on goes on, and only the held one repeats.
        rig.Function.Answer = (_, _) => new(FakeInvoker.Success());
        await rig.StartSupervisorAsync();
        await rig.CallsAsync(52);
        await rig.CheckpointAsync(uuid, new ChangePosition(2, 0));
        Assert.Equal($"{keys[0]}1", rig.Function.Calls[^1].ToString());
        Assert.Equal(52, rig.Function.Calls.Count);
    }

    [Fact]
    public async Task Records_that_are_filtered_out_advance_the_checkpoint_without_a_call()
    {
        await using var rig = await SourceRig.StartAsync();
        var uuid = await rig.MapAsync("""
            "FilterCriteria":{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"},{"Pattern":"{\"dynamodb\":{\"NewImage\":{\"v\":{\"N\":[\"7\"]}}}}"}]}
            """);
        ChangePosition last = default;
        for (var version = 2; version <= 6; version++)
        {
            last = rig.Stream.Append("a", version);
        }

        await rig.CheckpointAsync(uuid, last);
        Assert.Empty(rig.Function.Calls);
        Assert.Equal("No records processed", (await rig.GetAsync(uuid))["LastProcessingResult"]!.GetValue<string>());
        rig.Stream.Append("a", 7);
        rig.Stream.Append("b", 1);
        last = rig.Stream.Append("b", 2);
        await rig.CheckpointAsync(uuid, last);
        Assert.Equal("a7 b1", string.Join(' ', rig.Function.Calls));
    }

    [Fact]
    public async Task Two_mappings_of_one_stream_do_not_know_each_other()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Function.Answer = (batch, _) => new(
            batch.Function.EndsWith(":f", StringComparison.Ordinal) ? FakeInvoker.Failure() : FakeInvoker.Success());
        var first = await rig.MapAsync();
        var second = await rig.MapAsync(function: "g");
        ChangePosition last = default;
        for (var version = 1; version <= 10; version++)
        {
            last = rig.Stream.Append("a", version);
        }

        await rig.CheckpointAsync(second, last);
        await rig.ResultAsync(first, "PROBLEM: Function call failed");
        await rig.ResultAsync(second, "OK");
        Assert.Null(await rig.FindCheckpointAsync(first));
    }

    [Fact]
    public async Task The_function_is_called_by_the_ARN_that_was_given_with_its_qualifier()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        await rig.MapAsync(function: "f:live");
        await rig.CallsAsync(1);
        Assert.Equal(FakeFunctions.ArnPrefix + "f:live", rig.Function.Calls[0].Function);
    }

    [Fact]
    public async Task A_stream_that_was_switched_off_is_read_to_its_end()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        var last = rig.Stream.Append("a", 2);
        rig.Stream.Close();
        var uuid = await rig.MapAsync("\"BatchSize\":10,\"MaximumBatchingWindowInSeconds\":300");
        await rig.CheckpointAsync(uuid, last);
        Assert.Equal("a1 a2", rig.Function.Text);
        await rig.DeleteAsync(uuid);
        await Eventually.TrueAsync(async () => await rig.Table.FindAsync(uuid, default) is null, () => "It is still there.");
    }

    /// <summary>One key for each of some places, found by trying.</summary>
    private static string[] KeysOf(int places, Func<string, int> placeOf) =>
        [.. Enumerable.Range(0, places).Select(place =>
            Enumerable.Range(0, 1000).Select(number => $"k{number}-").First(key => placeOf(key) == place))];
}
