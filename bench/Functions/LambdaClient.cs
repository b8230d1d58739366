using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Storage.Bench.Functions;

/// <summary>The few operations of Lambda that the bench needs, over one connection.</summary>
internal sealed class LambdaClient(Uri address) : IDisposable
{
    private static readonly TimeSpan CreateTimeout = TimeSpan.FromSeconds(30);
    private static readonly byte[] Payload = "{\"key\":\"value\"}"u8.ToArray();

    private readonly HttpClient client = new() { BaseAddress = address };

    /// <summary>Makes a function and waits until it can be called.</summary>
    /// <exception cref="InvalidOperationException">The server refuses, or it does not become active.</exception>
    internal async Task CreateAsync(string name, NoOpFunction function)
    {
        var request = new JsonObject
        {
            ["FunctionName"] = name,
            ["Runtime"] = function.Runtime,
            ["Handler"] = NoOpFunction.Handler,
            ["Role"] = "arn:aws:iam::123456789012:role/bench",
            ["Timeout"] = 30,
            ["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(function.ToZip()) },
        };
        await SendAsync(HttpMethod.Post, "/2015-03-31/functions", Encoding.UTF8.GetBytes(request.ToJsonString()), default);
        using var timeout = new CancellationTokenSource(CreateTimeout);
        while (!(await SendAsync(HttpMethod.Get, $"/2015-03-31/functions/{name}/configuration", null, timeout.Token))
            .Contains("\"State\":\"Active\"", StringComparison.Ordinal))
        {
            await Task.Delay(20, timeout.Token);
        }
    }

    /// <exception cref="InvalidOperationException">The call was refused, or the function failed.</exception>
    internal Task InvokeAsync(string name, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, $"/2015-03-31/functions/{name}/invocations", Payload, cancellation);

    /// <summary>A request that the server answers by itself.</summary>
    internal async Task CheckHealthAsync(CancellationToken cancellation) =>
        await client.GetByteArrayAsync(new Uri("/healthz", UriKind.Relative), cancellation);

    public void Dispose() => client.Dispose();

    private async Task<string> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        using var response = await client.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return response.IsSuccessStatusCode && !response.Headers.Contains("X-Amz-Function-Error")
            ? text
            : throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {text}");
    }
}
