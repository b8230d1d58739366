using System.Text;
using Storage.Server.Aws;
using Storage.Server.Contracts;
using Storage.Server.Lambda;
using Xunit;

namespace Storage.Layers.Tests.Invocation;

/// <summary>What a call gets back. Sources: the service model's Invoke and its recorded errors.</summary>
public sealed class FunctionInvokerTests
{
    private const string Arn = "arn:aws:lambda:us-east-1:123456789012:function:";

    [Theory]
    [InlineData("absent", null, Arn + "absent")]
    [InlineData("absent", "v1", Arn + "absent:v1")]
    [InlineData("absent:v1", null, Arn + "absent:v1")]
    [InlineData("123456789012:function:absent", null, Arn + "absent")]
    [InlineData(Arn + "absent:7", null, Arn + "absent:7")]
    [InlineData("F", "nobody", Arn + "F:nobody")]
    public async Task A_function_that_is_not_there_is_named_by_its_whole_ARN(string function, string? qualifier, string arn)
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        foreach (var type in Enum.GetValues<InvocationType>())
        {
            var answer = await rig.Invoker.InvokeAsync(new FunctionCall(function, default, type) { Qualifier = qualifier }, default);
            AssertRefused(answer, 404, "ResourceNotFoundException", "Function not found: " + arn);
        }
    }

    [Fact]
    public async Task What_the_catalog_refuses_is_refused_in_its_words()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Refusal = new AwsException(400, "InvalidParameterValueException", "two qualifiers");
        AssertRefused(await rig.CallAsync("F:1"), 400, "InvalidParameterValueException", "two qualifiers");
    }

    [Fact]
    public async Task A_payload_that_is_not_UTF8_is_not_JSON()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        var call = new FunctionCall("F", new byte[] { (byte)'"', 0xFF, (byte)'"' }, InvocationType.RequestResponse);
        var refusal = (await rig.Invoker.InvokeAsync(call, default)).Refusal!;
        Assert.Equal(
            (400, "InvalidRequestContentException", "Could not parse request body into json: Could not parse payload into json: Invalid UTF-8"),
            (refusal.Status, refusal.Code, refusal.Message));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("hello")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":1,}")]
    public async Task A_payload_that_is_not_JSON_is_refused(string payload)
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        foreach (var type in new[] { InvocationType.RequestResponse, InvocationType.Event })
        {
            var refusal = (await rig.CallAsync("F", payload, type)).Refusal!;
            Assert.Equal((400, "InvalidRequestContentException"), (refusal.Status, refusal.Code));
            Assert.StartsWith("Could not parse request body into json: ", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, rig.Executor.Runs);
        Assert.Equal(0, rig.Pool.Running);
    }

    [Theory]
    [InlineData("RequestResponse", 40)]
    [InlineData("Event", 20)]
    public async Task A_payload_may_have_the_limit_of_its_type_and_no_byte_more(string name, int limit)
    {
        var type = Enum.Parse<InvocationType>(name);
        await using var rig = await Rig.StartAsync(
            Rig.Defaults with { InvokePayloadBytesMax = 40, EventPayloadBytesMax = 20 });
        rig.Catalog.Add("F");
        Assert.Null((await rig.CallAsync("F", Json(limit), type)).Refusal);
        AssertRefused(
            await rig.CallAsync("F", Json(limit + 1), type),
            413,
            "RequestTooLargeException",
            $"{limit + 1} byte payload is too large for the {name} invocation type (limit {limit} bytes)");

        static string Json(int bytes) => "\"" + new string('x', bytes - 2) + "\"";
    }

    [Fact]
    public async Task The_limits_are_those_of_AWS_unless_set()
    {
        var options = new LambdaOptions();
        await using var rig = await Rig.StartAsync(options);
        rig.Catalog.Add("F");
        var refusal = (await rig.CallAsync("F", new string(' ', 1_048_575) + "11", InvocationType.Event)).Refusal!;
        Assert.Equal("1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)", refusal.Message);
        Assert.Equal(6_291_556, options.InvokePayloadBytesMax);
    }

    [Fact]
    public async Task A_call_without_payload_gives_the_function_an_empty_object()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        await rig.CallAsync("F", "");
        Assert.Equal("{}", Encoding.UTF8.GetString((await rig.Executor.NextAsync("F")).Payload.Span));
    }

    [Fact]
    public async Task A_dry_run_runs_nothing_and_takes_no_lease()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F", reserved: 0);
        var answer = await rig.CallAsync("F", type: InvocationType.DryRun);
        Assert.Equal((204, null), (answer.Status, answer.Refusal));
        Assert.Equal(0, rig.Executor.Runs);
    }

    [Fact]
    public async Task An_alias_says_which_version_ran()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        rig.Catalog.Point("F", "live", "3");
        var call = new FunctionCall("F", default, InvocationType.RequestResponse) { Qualifier = "live" };
        Assert.Equal("3", (await rig.Invoker.InvokeAsync(call, default)).ExecutedVersion);
        Assert.Equal(Arn + "F:live", (await rig.Executor.NextAsync("F")).Function.InvokedArn);
        Assert.Equal("$LATEST", (await rig.CallAsync("F")).ExecutedVersion);
    }

    [Fact]
    public async Task A_function_error_is_an_answer_of_200()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        rig.Executor.Function = (_, _) => ValueTask.FromResult(FakeExecutor.Failure("{\"errorType\":\"Boom\"}"));
        var answer = await rig.CallAsync("F");
        Assert.Equal((200, "Unhandled", "$LATEST"), (answer.Status, answer.FunctionError, answer.ExecutedVersion));
        Assert.Equal("{\"errorType\":\"Boom\"}", Encoding.UTF8.GetString(answer.Payload.Span));
    }

    [Fact]
    public async Task An_environment_that_could_not_be_had_is_a_500_and_an_AWS_refusal_of_it_stays_what_it_is()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        rig.Executor.Function = (_, _) => throw new IOException("secret path");
        var refusal = (await rig.CallAsync("F")).Refusal!;
        Assert.Equal((500, "ServiceException"), (refusal.Status, refusal.Code));
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);

        rig.Executor.Function = (_, _) => throw new AwsException(502, "InvalidRuntimeException", "not installed");
        AssertRefused(await rig.CallAsync("F"), 502, "InvalidRuntimeException", "not installed");
        Assert.Equal(0, rig.Pool.Running);
    }

    [Fact]
    public async Task A_caller_that_leaves_does_not_end_the_function_and_its_lease_is_kept_until_it_does()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        var release = rig.Executor.Hold();
        using var leaving = new CancellationTokenSource();
        var call = rig.Invoker.InvokeAsync(new FunctionCall("F", default, InvocationType.RequestResponse), leaving.Token);
        await rig.Executor.NextAsync("F");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        Assert.Equal(1, rig.Executor.RunningOf("F"));
        Assert.Equal(1, rig.Pool.Running);

        release.SetResult();
        await Wait.UntilAsync(() => rig.Pool.Running == 0);
    }

    [Fact]
    public async Task Stopping_ends_calls_that_run_and_refuses_later_ones()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        rig.Executor.Hold();
        var call = rig.CallAsync("F");
        await rig.Executor.NextAsync("F");
        await rig.Invoker.DisposeAsync();
        Assert.Equal("ServiceException", (await call).Refusal!.Code);
        Assert.Equal(0, rig.Pool.Running);
        Assert.Equal("ServiceException", (await rig.CallAsync("F")).Refusal!.Code);
        Assert.Equal(0, rig.Pool.Running);
    }

    private static void AssertRefused(FunctionAnswer answer, int status, string code, string message)
    {
        Assert.NotNull(answer.Refusal);
        Assert.Equal((status, code, message), (answer.Refusal.Status, answer.Refusal.Code, answer.Refusal.Message));
    }
}
