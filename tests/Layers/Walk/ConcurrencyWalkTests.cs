using System.Net;
using System.Text.Json;
using Storage.Server.Lambda;
using Storage.Server.Options;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Walk;

/// <summary>
/// "With account 50 and minimum unreserved 0, A reserves 10, B reaches 40, each refused call gets its recorded 429."
/// Over HTTP, with functions that wait until all are there.
/// </summary>
public sealed class ConcurrencyWalkTests : IDisposable
{
    private const string WaitForFile = """
        import os, time

        def handler(event, context):
            while not os.path.exists(os.environ['GATE']):
                time.sleep(0.05)
            return 'through'
        """;

    private readonly ScratchDirectory scratch = new();

    public void Dispose() => scratch.Dispose();

    [ProgramFact("python3", "--version")]
    public async Task A_reserves_10_of_50_and_B_reaches_40()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions
        {
            Port = 0,
            Data = null,
            Lambda = new LambdaOptions { AccountConcurrency = 50, UnreservedConcurrencyMin = 0 },
        });
        using var calls = new ServiceCalls(server.Address.ToString());
        var gate = scratch.File("gate");
        var zip = FunctionZip.Of(("wait.py", WaitForFile));
        await calls.CreateFunctionAsync("A", "python3.13", "wait.handler", zip, 120, ("GATE", gate));
        await calls.CreateFunctionAsync("B", "python3.13", "wait.handler", zip, 120, ("GATE", gate));
        var health = await server.SendAsync(new WireRequest { Method = "GET", Path = "/healthz", Authorization = null }.Text);
        Assert.StartsWith("ok\nfunctions: memory is limited by ", health.Text, StringComparison.Ordinal);
        using var reserved = await calls.LambdaAsync(
            HttpMethod.Put, "/2017-10-31/functions/A/concurrency", ServiceCalls.Json("""{"ReservedConcurrentExecutions":10}"""));
        Assert.Equal(HttpStatusCode.OK, reserved.StatusCode);

        var ofA = Enumerable.Range(0, 11).Select(_ => calls.InvokeAsync("A", "{}")).ToList();
        await AssertRefusedAsync(ofA, "ReservedFunctionConcurrentInvocationLimitExceeded");
        var ofB = Enumerable.Range(0, 41).Select(_ => calls.InvokeAsync("B", "{}")).ToList();
        await AssertRefusedAsync(ofB, "ConcurrentInvocationLimitExceeded");

        await File.WriteAllTextAsync(gate, string.Empty);
        foreach (var call in ofA.Concat(ofB))
        {
            using var answer = await call;
            Assert.Equal((HttpStatusCode.OK, "\"through\""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }
    }

    /// <summary>The one call more than there is room for is the first to be answered.</summary>
    private static async Task AssertRefusedAsync(List<Task<HttpResponseMessage>> calls, string reason)
    {
        var first = await Task.WhenAny(calls);
        calls.Remove(first);
        using var refusal = await first;
        Assert.Equal(HttpStatusCode.TooManyRequests, refusal.StatusCode);
        Assert.Equal("TooManyRequestsException", refusal.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.True(refusal.Headers.Contains("Retry-After"));
        using var body = JsonDocument.Parse(await refusal.Content.ReadAsStringAsync());
        Assert.Equal(
            (reason, "User", "Rate Exceeded."),
            (Text("Reason"), Text("Type"), Text("message")));

        string? Text(string name) => body.RootElement.GetProperty(name).GetString();
    }
}
