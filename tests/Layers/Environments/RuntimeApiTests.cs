using System.Net;
using System.Net.Sockets;
using System.Text;
using Storage.Server.Lambda.Environments;
using Xunit;

namespace Storage.Layers.Tests.Environments;

/// <summary>The Runtime API of one environment on its wire. Source: the Runtime API's reference.</summary>
public sealed class RuntimeApiTests : IAsyncDisposable
{
    private const string Base = "/2018-06-01/runtime";

    private readonly RuntimeApi api = new(1000);
    private readonly RuntimeApiListener listener;
    private readonly HttpClient client;

    public RuntimeApiTests()
    {
        listener = new RuntimeApiListener(api);
        client = new HttpClient { BaseAddress = new Uri("http://" + listener.Address), Timeout = TimeSpan.FromSeconds(60) };
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await listener.DisposeAsync();
    }

    [Fact]
    public async Task An_event_waits_for_its_taker_and_carries_its_headers()
    {
        var answered = api.OfferAsync(Event("one") with { ClientContext = "{}" });
        Assert.False(api.Ready.IsCompleted);
        using var next = await client.GetAsync(Base + "/invocation/next");
        Assert.True(api.Ready.IsCompletedSuccessfully);
        Assert.Equal("{\"n\":1}", await next.Content.ReadAsStringAsync());
        Assert.Equal("one", Header("Lambda-Runtime-Aws-Request-Id"));
        Assert.Equal("1700000000123", Header("Lambda-Runtime-Deadline-Ms"));
        Assert.Equal("arn:f", Header("Lambda-Runtime-Invoked-Function-Arn"));
        Assert.Equal("Root=1", Header("Lambda-Runtime-Trace-Id"));
        Assert.Equal("{}", Header("Lambda-Runtime-Client-Context"));
        Assert.False(next.Headers.Contains("Lambda-Runtime-Cognito-Identity"));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("/invocation/two/response", "1"));
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync("/invocation/one/response", "\"done\""));
        var answer = await answered;
        Assert.Equal((RuntimeAnswerKind.Response, "\"done\""), (answer.Kind, Encoding.UTF8.GetString(answer.Body.Span)));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("/invocation/one/response", "\"again\""));

        string Header(string name) => Assert.Single(next.Headers.GetValues(name));
    }

    [Fact]
    public async Task Other_paths_methods_hosts_and_web_pages_are_refused()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/2018-06-01/runtime/invocation/next/more")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/2020-01-01/extension/event/next")).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await PostAsync("/invocation/next", ""));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.GetAsync(Base + "/init/error")).StatusCode);
        _ = api.OfferAsync(Event("one"));
        foreach (var (name, value) in new[] { ("Host", "evil.example"), ("Origin", "http://evil.example") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Base + "/invocation/next");
            request.Headers.TryAddWithoutValidation(name, value);
            using var response = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }

        using var next = await client.GetAsync(Base + "/invocation/next");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        using var early = await client.GetAsync(Base + "/invocation/next");
        Assert.Equal(HttpStatusCode.Forbidden, early.StatusCode);
    }

    [Fact]
    public async Task A_taker_that_goes_away_swallows_no_event()
    {
        using (var gone = await ConnectAsync())
        {
            await gone.SendAsync(Encoding.ASCII.GetBytes($"GET {Base}/invocation/next HTTP/1.1\r\nHost: {listener.Address}\r\n\r\n"));
            await api.Ready;
        }

        // Whether its end is seen before the event comes or after: the next one gets it.
        var here = client.GetAsync(Base + "/invocation/next");
        await FunctionRig.UntilAsync(() => api.Takers == 2);
        _ = api.OfferAsync(Event("one"));
        using var next = await here;
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Errors_keep_the_runtimes_words()
    {
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync("/init/error", """{"errorMessage":"m","errorType":"T"}"""));
        Assert.Equal("""{"errorMessage":"m","errorType":"T"}""", Encoding.UTF8.GetString(await api.InitError));
        var answered = api.OfferAsync(Event("one"));
        using var next = await client.GetAsync(Base + "/invocation/next");
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync("/init/error", "{}"));
        using var content = new StringContent("no JSON");
        content.Headers.Add("Lambda-Runtime-Function-Error-Type", "My.Kind");
        using var accepted = await client.PostAsync(Base + "/invocation/one/error", content);
        var answer = await answered;
        Assert.Equal(RuntimeAnswerKind.Error, answer.Kind);
        Assert.Equal("""{"errorType":"My.Kind","errorMessage":"no JSON"}""", Encoding.UTF8.GetString(answer.Body.Span));
    }

    [Fact]
    public async Task A_response_in_chunks_may_end_in_an_error()
    {
        var answered = api.OfferAsync(Event("one"));
        using var next = await client.GetAsync(Base + "/invocation/next");
        using var socket = await ConnectAsync();
        var body = Convert.ToBase64String("""{"errorMessage":"late"}"""u8);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST {Base}/invocation/one/response HTTP/1.1\r\nHost: {listener.Address}\r\nTransfer-Encoding: chunked\r\n"
            + "Lambda-Runtime-Function-Response-Mode: streaming\r\n\r\n3\r\nabc\r\n0\r\n"
            + $"Lambda-Runtime-Function-Error-Type: Late\r\nLambda-Runtime-Function-Error-Body: {body}\r\n\r\n"));
        var answer = await answered;
        Assert.Equal((RuntimeAnswerKind.Error, """{"errorMessage":"late"}"""), (answer.Kind, Encoding.UTF8.GetString(answer.Body.Span)));
    }

    [Fact]
    public async Task Refused_bytes_end_their_connection_and_no_other()
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync("NONSENSE\r\n\r\n"u8.ToArray());
        using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/")).StatusCode);
    }

    private static RuntimeEvent Event(string id) =>
        new(id, DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123), "arn:f", "Root=1", null, "{\"n\":1}"u8.ToArray());

    private async Task<HttpStatusCode> PostAsync(string path, string body)
    {
        using var content = new StringContent(body);
        using var response = await client.PostAsync(Base + path, content);
        return response.StatusCode;
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPEndPoint.Parse(listener.Address));
        return socket;
    }
}
