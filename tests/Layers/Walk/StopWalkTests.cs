using System.Net;
using Storage.Server.Options;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Walk;

/// <summary>A server that is stopped does not wait for functions to end, however long they may run.</summary>
public sealed class StopWalkTests : IDisposable
{
    private const string Endless = """
        import os, time

        def handler(event, context):
            open(os.environ['BEGUN'], 'a').write('.')
            time.sleep(100)
        """;

    private readonly ScratchDirectory scratch = new();

    public void Dispose() => scratch.Dispose();

    [ProgramFact("python3", "--version")]
    public async Task Who_waits_for_a_function_gets_an_answer_when_the_server_stops()
    {
        var server = await RunningServer.StartAsync(new ServerOptions { Port = 0, Data = null });
        using var calls = new ServiceCalls(server.Address.ToString());
        var begun = scratch.File("begun");
        await calls.CreateFunctionAsync("endless", "python3.13", "endless.handler", FunctionZip.Of(("endless.py", Endless)), 120, ("BEGUN", begun));
        using var queued = await calls.InvokeAsync("endless", "{}", "Event");
        Assert.Equal(HttpStatusCode.Accepted, queued.StatusCode);
        var called = calls.InvokeAsync("endless", "{}");
        using (var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1)))
        {
            while (!File.Exists(begun) || new FileInfo(begun).Length < 2)
            {
                await Task.Delay(10, patience.Token);
            }
        }

        await server.DisposeAsync();
        using var answer = await called;
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("ServiceException", answer.Headers.GetValues("x-amzn-ErrorType").Single());
        await server.DisposeAsync(); // Again, and nothing comes of it.
    }

    [Fact]
    public async Task Fifty_servers_in_one_process_begin_their_layers_and_end_with_nothing_left()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ =>
            RunningServer.StartAsync(new ServerOptions { Port = 0, Data = null })));
        await Task.WhenAll(servers.Select(async server =>
        {
            using var calls = new ServiceCalls(server.Address.ToString());
            using var answer = await calls.LambdaAsync(HttpMethod.Get, "/2015-03-31/functions");
            Assert.Equal("""{"Functions":[]}""", await answer.Content.ReadAsStringAsync());
        }));
        await Task.WhenAll(servers.Select(server => server.DisposeAsync().AsTask()));
    }
}
