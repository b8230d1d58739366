using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Storage.Server.Aws;
using Storage.Server.Lambda.Invocation;
using Xunit;

namespace Storage.Layers.Tests.Invocation;

/// <summary>Invoke as a REST operation. Source: the service model, Invoke and InvokeAsync.</summary>
public sealed class InvokeRoutesTests
{
    [Fact]
    public async Task An_answer_has_the_payload_the_version_the_error_and_the_end_of_the_log()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        rig.Catalog.Point("F", "live", "3");
        rig.Executor.Function = (_, _) => ValueTask.FromResult(
            FakeExecutor.Failure("{\"a\":1}") with { LogTail = Encoding.UTF8.GetBytes("START\nEND\n") });
        var answer = await InvokeAsync(rig, "{}", "live", ("X-Amz-Log-Type", "Tail"));
        Assert.Equal(200, answer.Status);
        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString(answer.Bytes!.Value.Span));
        var execution = await rig.Executor.NextAsync("F");
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["x-amzn-RequestId"] = execution.RequestId,
                ["X-Amz-Executed-Version"] = "3",
                ["X-Amz-Function-Error"] = "Unhandled",
                ["X-Amz-Log-Result"] = Convert.ToBase64String("START\nEND\n"u8),
            },
            answer.Headers.ToDictionary());
    }

    [Fact]
    public async Task Without_Tail_there_is_no_log_and_without_error_no_header_of_one()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        rig.Executor.Function = (_, _) => ValueTask.FromResult(FakeExecutor.Answer("null", log: "START"));
        var answer = await InvokeAsync(rig, "{}", null, ("X-Amz-Log-Type", "None"));
        Assert.Equal("null", Encoding.UTF8.GetString(answer.Bytes!.Value.Span));
        Assert.Equal(["x-amzn-RequestId", "X-Amz-Executed-Version"], answer.Headers.Select(header => header.Key));
    }

    [Fact]
    public async Task An_event_is_202_and_a_dry_run_204_both_without_a_body_or_a_version()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        foreach (var (type, status) in new[] { ("Event", 202), ("DryRun", 204) })
        {
            var answer = await InvokeAsync(rig, "{}", null, ("X-Amz-Invocation-Type", type));
            Assert.Equal(status, answer.Status);
            Assert.Equal(0, answer.Bytes!.Value.Length);
            Assert.DoesNotContain(answer.Headers, header => header.Key == "X-Amz-Executed-Version");
        }
    }

    [Fact]
    public async Task The_older_operation_queues_and_says_so()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        var answer = await RunAsync(rig, "InvokeAsync", Request("[1]", null));
        Assert.Equal((202, "{\"Status\":202}"), (answer.Status, answer.Json!.ToJsonString()));
        Assert.Equal("[1]", Encoding.UTF8.GetString((await rig.Executor.NextAsync("F")).Payload.Span));
    }

    [Theory]
    [InlineData("X-Amz-Invocation-Type", "event", "1 validation error detected: Value 'event' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]")]
    [InlineData("X-Amz-Log-Type", "All", "1 validation error detected: Value 'All' at 'logType' failed to satisfy constraint: Member must satisfy enum value set: [None, Tail]")]
    public async Task A_header_with_another_word_is_refused(string header, string value, string message)
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        var fault = await RefusalAsync(() => InvokeAsync(rig, "{}", null, (header, value)));
        Assert.Equal((400, "ValidationException", message), (fault.Status, fault.Code, fault.Message));
    }

    [Theory]
    [InlineData("not base64!")]
    [InlineData("aGVsbG8=")] // hello
    [InlineData("WzFd")] // [1]
    public async Task A_client_context_that_is_not_an_object_in_Base64_is_refused(string context)
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        var fault = await RefusalAsync(() => InvokeAsync(rig, "{}", null, ("X-Amz-Client-Context", context)));
        Assert.Equal((400, "InvalidRequestContentException"), (fault.Status, fault.Code));
        Assert.Equal(0, rig.Executor.Runs);
    }

    /// <summary>"Up to 3,583 bytes of base64-encoded data": Base64 comes in fours, so 3,580 is the longest there is.</summary>
    [Fact]
    public async Task A_client_context_reaches_the_function_up_to_its_limit()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("F");
        await InvokeAsync(rig, "{}", null, ("X-Amz-Client-Context", ContextOf(3580)));
        Assert.Equal(ContextOf(3580), (await rig.Executor.NextAsync("F")).ClientContext);
        var fault = await RefusalAsync(() => InvokeAsync(rig, "{}", null, ("X-Amz-Client-Context", ContextOf(3584))));
        Assert.Equal("InvalidRequestContentException", fault.Code);

        static string ContextOf(int length) =>
            Convert.ToBase64String(Encoding.UTF8.GetBytes("{\"c\":\"" + new string('x', (length / 4 * 3) - 8) + "\"}"));
    }

    [Fact]
    public async Task A_refusal_ends_the_operation_as_its_error()
    {
        await using var rig = await Rig.StartAsync();
        Assert.Equal(404, (await RefusalAsync(() => InvokeAsync(rig, "{}", null))).Status);
        Assert.Equal(404, (await RefusalAsync(() => RunAsync(rig, "InvokeAsync", Request("{}", null)))).Status);
    }

    private static async Task<AwsFault> RefusalAsync(Func<Task> call) =>
        (await Assert.ThrowsAsync<AwsException>(call)).Fault;

    private static Task<RestAnswer> InvokeAsync(
        Rig rig, string payload, string? qualifier, params (string Name, string Value)[] headers) =>
        RunAsync(rig, "Invoke", Request(payload, qualifier, headers));

    private static Task<RestAnswer> RunAsync(Rig rig, string operation, RestRequest request) =>
        InvokeRoutes.Of(rig.Invoker).Single(route => route.Name == operation).Run!(request, default).AsTask();

    private static RestRequest Request(string payload, string? qualifier, params (string Name, string Value)[] headers)
    {
        var given = new HeaderDictionary();
        foreach (var (name, value) in headers)
        {
            given[name] = value;
        }

        return new RestRequest(
            new AwsCall("id", "us-east-1", "123456789012", "AKIA"),
            new Dictionary<string, string> { ["FunctionName"] = "F" },
            new QueryCollection(qualifier is null ? [] : new Dictionary<string, StringValues> { ["Qualifier"] = qualifier }),
            given,
            Encoding.UTF8.GetBytes(payload));
    }
}
