using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Storage.Layers.Tests.Walk;

/// <summary>Calls of the server's services over HTTP, as an SDK makes them: the service in the signature's scope.</summary>
internal sealed class ServiceCalls(string url) : IDisposable
{
    internal const string Role = "arn:aws:iam::123456789012:role/lambda-role";

    private readonly HttpClient client = new() { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>A DynamoDB operation that must succeed.</summary>
    internal async Task<JsonElement> DynamoDbAsync(string operation, string body, CancellationToken cancellation = default)
    {
        using var request = Signed(HttpMethod.Post, "/", "dynamodb", new StringContent(body, Encoding.UTF8, "application/x-amz-json-1.0"));
        request.Headers.Add("X-Amz-Target", "DynamoDB_20120810." + operation);
        using var response = await client.SendAsync(request, cancellation);
        var answer = await response.Content.ReadAsStringAsync(cancellation);
        Assert.True(response.IsSuccessStatusCode, $"{operation}: {answer}");
        return JsonDocument.Parse(answer).RootElement;
    }

    /// <summary>An operation of Lambda, whatever it answers.</summary>
    internal async Task<HttpResponseMessage> LambdaAsync(
        HttpMethod method, string path, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var request = Signed(method, path, "lambda", body);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await client.SendAsync(request);
    }

    /// <summary>Makes a function and waits until it is active.</summary>
    internal async Task CreateFunctionAsync(
        string name, string runtime, string handler, byte[] zip, int timeoutSeconds = 30, params (string Name, string Value)[] environment)
    {
        var variables = new JsonObject();
        foreach (var (variable, value) in environment)
        {
            variables[variable] = value;
        }

        var body = new JsonObject
        {
            ["FunctionName"] = name,
            ["Runtime"] = runtime,
            ["Role"] = Role,
            ["Handler"] = handler,
            ["Timeout"] = timeoutSeconds,
            ["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip) },
            ["Environment"] = new JsonObject { ["Variables"] = variables },
        };
        using var created = await LambdaAsync(HttpMethod.Post, "/2015-03-31/functions", Json(body.ToJsonString()));
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
        string? state;
        do
        {
            using var found = await LambdaAsync(HttpMethod.Get, $"/2015-03-31/functions/{name}/configuration");
            state = JsonDocument.Parse(await found.Content.ReadAsStringAsync()).RootElement.GetProperty("State").GetString();
        }
        while (state == "Pending");
        Assert.Equal("Active", state);
    }

    /// <summary>Calls a function.</summary>
    internal Task<HttpResponseMessage> InvokeAsync(string function, string payload, string type = "RequestResponse") =>
        LambdaAsync(HttpMethod.Post, $"/2015-03-31/functions/{function}/invocations", Json(payload), ("X-Amz-Invocation-Type", type));

    internal static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public void Dispose() => client.Dispose();

    private static HttpRequestMessage Signed(HttpMethod method, string path, string service, HttpContent? body)
    {
        var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "AWS4-HMAC-SHA256", $"Credential=any/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0");
        return request;
    }
}
