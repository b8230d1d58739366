using Storage.Engine.Model;
using Xunit;

namespace Storage.Layers.Tests.EventSources;

/// <summary>
/// What becomes of batches that fail. Sources: Lambda Developer Guide, DynamoDB streams; for answers about single
/// records, recorded answers of AWS.
/// </summary>
public sealed class BatchFailureTests
{
    [Fact]
    public async Task A_failed_batch_is_sent_again_after_waits_that_double_up_to_the_longest()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        rig.Stream.Append("a", 2);
        rig.Function.Answer = (_, _) => new(rig.Function.Calls.Count <= 8 ? FakeInvoker.Failure() : FakeInvoker.Success());
        var uuid = await rig.MapAsync();
        for (var wait = 1; wait <= 8; wait++)
        {
            await rig.Time.PassAsync(wait);
        }

        await rig.CheckpointAsync(uuid, new ChangePosition(2, 0));
        Assert.Equal(new[] { 1, 2, 4, 8, 16, 32, 60, 60 }, rig.Time.Waits.Select(wait => (int)wait.TotalSeconds));
        Assert.Equal(9, rig.Function.Calls.Count);
        Assert.All(rig.Function.Calls, call => Assert.Equal("a1 a2", call.ToString()));
        await rig.ResultAsync(uuid, "OK");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_batch_is_discarded_after_MaximumRetryAttempts_and_what_follows_is_sent(int retries)
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        rig.Stream.Append("a", 2);
        rig.Function.Answer = (batch, _) => new(batch.Records[0].Version == 1 ? FakeInvoker.Failure() : FakeInvoker.Success());
        var uuid = await rig.MapAsync($"\"MaximumRetryAttempts\":{retries},\"BatchSize\":1");
        for (var wait = 1; wait <= retries; wait++)
        {
            await rig.Time.PassAsync(wait);
        }

        await rig.CheckpointAsync(uuid, new ChangePosition(2, 0));
        Assert.Equal(string.Concat(Enumerable.Repeat("a1 | ", retries + 1)) + "a2", rig.Function.Text);
        Assert.Contains(
            $"RetryAttemptsExhausted: discarded 1 records of {FakeStream.ShardId(0)}, {new ChangePosition(1, 0)}",
            rig.ErrorText,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_result_tells_of_a_discarded_batch()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Function.Answer = (_, _) => new(FakeInvoker.Failure());
        var uuid = await rig.MapAsync("\"MaximumRetryAttempts\":0");
        await rig.CheckpointAsync(uuid, rig.Stream.Append("a", 1));
        Assert.Equal("PROBLEM: Function call failed", (await rig.GetAsync(uuid))["LastProcessingResult"]!.GetValue<string>());
        await rig.RestartAsync();
        Assert.Equal("PROBLEM: Function call failed", (await rig.GetAsync(uuid))["LastProcessingResult"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(60, 60)]
    [InlineData(604_800, 24 * 3600)] // a stream keeps its records for 24 hours
    [InlineData(-1, 24 * 3600)]
    public async Task Records_older_than_the_limit_are_not_sent_any_more(int ageMaxSeconds, int limitSeconds)
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        rig.Time.Advance(TimeSpan.FromSeconds(limitSeconds - 10));
        rig.Stream.Append("a", 2);
        rig.Time.Advance(TimeSpan.FromSeconds(10)); // the first is as old as the limit, which is not older
        rig.Function.Answer = (_, _) => new(rig.Function.Calls.Count == 1 ? FakeInvoker.Failure() : FakeInvoker.Success());
        var uuid = await rig.MapAsync($"\"MaximumRecordAgeInSeconds\":{ageMaxSeconds}");
        await rig.Time.PassAsync(1);
        await rig.CheckpointAsync(uuid, new ChangePosition(2, 0));
        Assert.Equal("a1 a2 | a2", rig.Function.Text);
        Assert.Contains("RecordAgeExceeded: discarded 1 records", rig.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_that_are_too_old_at_the_start_are_never_sent()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        rig.Time.Advance(TimeSpan.FromSeconds(61));
        rig.Stream.Append("a", 2);
        var uuid = await rig.MapAsync("\"MaximumRecordAgeInSeconds\":60");
        await rig.CheckpointAsync(uuid, new ChangePosition(2, 0));
        Assert.Equal("a2", rig.Function.Text);
    }

    [Theory]
    [InlineData(429, "PROBLEM: Function call throttled")]
    [InlineData(404, "PROBLEM: Function not found")]
    [InlineData(409, "PROBLEM: Function call failed")]
    [InlineData(500, "PROBLEM: Function call failed")]
    public async Task What_kept_the_function_from_running_uses_up_no_attempts(int status, string result)
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        rig.Function.Answer = (_, _) => new(rig.Function.Calls.Count switch
        {
            <= 5 => FakeInvoker.Refusal(status),
            6 => FakeInvoker.Failure(),
            _ => FakeInvoker.Success(),
        });
        var uuid = await rig.MapAsync("\"MaximumRetryAttempts\":1");
        await rig.ResultAsync(uuid, result);
        for (var wait = 1; wait <= 6; wait++)
        {
            await rig.Time.PassAsync(wait);
        }

        await rig.CheckpointAsync(uuid, new ChangePosition(1, 0));
        Assert.Equal(7, rig.Function.Calls.Count);
        Assert.Equal(new[] { 1, 2, 4, 8, 16, 1 }, rig.Time.Waits.Select(wait => (int)wait.TotalSeconds));
        Assert.DoesNotContain("discarded", rig.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trouble_within_the_service_uses_up_no_attempts_and_a_refused_payload_does()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        rig.Function.Answer = (_, _) => rig.Function.Calls.Count == 1
            ? throw new IOException("no process")
            : new(FakeInvoker.Refusal(413));
        var uuid = await rig.MapAsync("\"MaximumRetryAttempts\":0");
        await rig.Time.PassAsync(1);
        await rig.CheckpointAsync(uuid, new ChangePosition(1, 0));
        Assert.Equal(2, rig.Function.Calls.Count);
        Assert.Contains("IOException", rig.ErrorText, StringComparison.Ordinal);
        Assert.Contains("RetryAttemptsExhausted", rig.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bisecting_isolates_a_poison_record_in_order_without_using_up_attempts()
    {
        await using var rig = await SourceRig.StartAsync();
        for (var version = 1; version <= 8; version++)
        {
            rig.Stream.Append("a", version);
        }

        rig.Function.Answer = (batch, _) => new(
            batch.Records.Any(record => record.Version == 6) ? FakeInvoker.Failure() : FakeInvoker.Success());
        var uuid = await rig.MapAsync("\"BisectBatchOnFunctionError\":true,\"MaximumRetryAttempts\":1");
        for (var wait = 1; wait <= 4; wait++)
        {
            await rig.Time.PassAsync(wait);
        }

        await rig.CheckpointAsync(uuid, new ChangePosition(8, 0));
        Assert.Equal(
            "a1 a2 a3 a4 a5 a6 a7 a8 | a1 a2 a3 a4 | a5 a6 a7 a8 | a5 a6 | a5 | a6 | a6 | a7 a8", rig.Function.Text);
        Assert.All(rig.Time.Waits, wait => Assert.Equal(TimeSpan.FromSeconds(1), wait)); // halves begin with the shortest wait
        Assert.Contains(
            $"discarded 1 records of {FakeStream.ShardId(0)}, {new ChangePosition(6, 0)} to {new ChangePosition(6, 0)}",
            rig.ErrorText,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{\"batchItemFailures\":[]}")]
    [InlineData("{\"batchItemFailures\":null}")]
    [InlineData("{\"statusCode\":200}")]
    public async Task These_answers_acknowledge_the_whole_batch(string answer)
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        rig.Stream.Append("a", 2);
        rig.Function.Answer = (_, _) => new(FakeInvoker.Success(answer));
        var uuid = await rig.MapAsync("\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]");
        await rig.CheckpointAsync(uuid, new ChangePosition(2, 0));
        Assert.Equal("a1 a2", rig.Function.Text);
        await rig.ResultAsync(uuid, "OK");
    }

    [Theory]
    [InlineData("{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}")]
    [InlineData("{\"batchItemFailures\":[{\"itemIdentifier\":null}]}")]
    [InlineData("{\"batchItemFailures\":[{\"foo\":\"100000000000000000020000000000\"}]}")]
    [InlineData("{\"batchItemFailures\":[{\"foo\":null}]}")]
    [InlineData("{\"batchItemFailures\":[{\"itemIdentifier\":\"not in the batch\"}]}")]
    [InlineData("{\"batchItemFailures\":[{\"itemIdentifier\":\"100000000000000000020000000000\"},{\"itemIdentifier\":\"\"}]}")]
    [InlineData("{\"batchItemFailures\":[{\"itemIdentifier\":2}]}")]
    [InlineData("{\"batchItemFailures\":[\"100000000000000000020000000000\"]}")]
    [InlineData("{\"batchItemFailures\":\"all\"}")]
    [InlineData("no JSON")]
    public async Task These_answers_fail_the_whole_batch(string answer)
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        rig.Stream.Append("a", 2);
        rig.Function.Answer = (_, _) => new(FakeInvoker.Success(rig.Function.Calls.Count == 1 ? answer : "{}"));
        var uuid = await rig.MapAsync("\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]");
        await rig.Time.PassAsync(1);
        await rig.CheckpointAsync(uuid, new ChangePosition(2, 0));
        Assert.Equal("a1 a2 | a1 a2", rig.Function.Text);
    }

    [Fact]
    public async Task Without_ReportBatchItemFailures_nobody_looks_into_an_answer()
    {
        await using var rig = await SourceRig.StartAsync();
        rig.Stream.Append("a", 1);
        rig.Function.Answer = (batch, _) => new(FakeInvoker.ItemFailures(batch.Records));
        var uuid = await rig.MapAsync();
        await rig.CheckpointAsync(uuid, new ChangePosition(1, 0));
        Assert.Equal("a1", rig.Function.Text);
    }

    [Fact]
    public async Task The_lowest_reported_record_is_the_new_checkpoint_and_sending_goes_on_from_there()
    {
        await using var rig = await SourceRig.StartAsync();
        for (var version = 1; version <= 6; version++)
        {
            rig.Stream.Append("a", version);
        }

        rig.Function.Answer = (batch, _) => new(rig.Function.Calls.Count switch
        {
            1 => FakeInvoker.ItemFailures(batch.Records[5], batch.Records[2], batch.Records[4]),
            2 => FakeInvoker.ItemFailures(batch.Records[1]),
            _ => FakeInvoker.Success(),
        });
        var uuid = await rig.MapAsync("\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"]");
        await rig.CheckpointAsync(uuid, new ChangePosition(2, 0));
        Assert.Equal(new ChangePosition(2, 0), (await rig.FindCheckpointAsync(uuid))!.Position);
        await rig.Time.PassAsync(1);
        await rig.CheckpointAsync(uuid, new ChangePosition(3, 0));
        await rig.Time.PassAsync(2);
        await rig.CheckpointAsync(uuid, new ChangePosition(6, 0));
        Assert.Equal("a1 a2 a3 a4 a5 a6 | a3 a4 a5 a6 | a4 a5 a6", rig.Function.Text);
    }

    [Fact]
    public async Task A_record_that_is_reported_again_and_again_uses_up_attempts()
    {
        await using var rig = await SourceRig.StartAsync();
        for (var version = 1; version <= 4; version++)
        {
            rig.Stream.Append("a", version);
        }

        rig.Function.Answer = (batch, _) => new(FakeInvoker.ItemFailures(batch.Records.Where(record => record.Version == 2)));
        var uuid = await rig.MapAsync("\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"],\"MaximumRetryAttempts\":2");
        await rig.Time.PassAsync(1);
        await rig.Time.PassAsync(2);
        await rig.CheckpointAsync(uuid, new ChangePosition(4, 0));
        Assert.Equal("a1 a2 a3 a4 | a2 a3 a4 | a2 a3 a4", rig.Function.Text);
        Assert.Contains("discarded 3 records", rig.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_both_a_batch_is_split_at_the_reported_record_and_then_in_halves()
    {
        await using var rig = await SourceRig.StartAsync();
        for (var version = 1; version <= 6; version++)
        {
            rig.Stream.Append("a", version);
        }

        rig.Function.Answer = (batch, _) => new(FakeInvoker.ItemFailures(batch.Records.Where(record => record.Version == 3)));
        var uuid = await rig.MapAsync("""
            "FunctionResponseTypes":["ReportBatchItemFailures"],"BisectBatchOnFunctionError":true,"MaximumRetryAttempts":0
            """);
        for (var wait = 1; wait <= 3; wait++)
        {
            await rig.Time.PassAsync(wait);
        }

        await rig.CheckpointAsync(uuid, new ChangePosition(6, 0));
        Assert.Equal("a1 a2 a3 a4 a5 a6 | a3 a4 a5 a6 | a3 a4 | a3 | a4 | a5 a6", rig.Function.Text);
        Assert.Contains("discarded 1 records", rig.ErrorText, StringComparison.Ordinal);
    }
}
