using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Storage.Engine;
using Storage.Engine.Api;
using Storage.Server.Aws;

namespace Storage.Layers.Tests.Aws;

/// <summary>The router with services of the test's, spoken to without a socket.</summary>
internal sealed class RouterRig : IAsyncDisposable
{
    private readonly Store store;
    private readonly ServiceRouter router;

    private RouterRig(IReadOnlyList<IAwsService> services)
    {
        store = Store.OpenAsync(new StoreOptions { Seed = 1 }).AsTask().GetAwaiter().GetResult();
        router = new ServiceRouter(
            store, new HostRules([], false), new CrossOrigin(["http://allowed.example"]), new RequestIds(1), Log, services);
    }

    internal static RouterRig Of(params IReadOnlyList<IAwsService> services) => new(services);

    internal StringWriter Log { get; } = new();

    public ValueTask DisposeAsync() => store.DisposeAsync();

    internal static string Signed(string service, string region = "eu-west-1", string key = "AKIDEXAMPLE") =>
        $"AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0";

    /// <summary>Sends a request; its headers are pairs, a null value leaves one out.</summary>
    internal async Task<Answer> SendAsync(
        string method, string target, string? authorization, string body = "", params (string Name, string? Value)[] headers)
    {
        var context = new DefaultHttpContext();
        var request = context.Request;
        request.Method = method;
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        request.Path = Uri.UnescapeDataString(mark < 0 ? target : target[..mark]);
        request.QueryString = new QueryString(mark < 0 ? null : target[mark..]);
        context.Features.Get<IHttpRequestFeature>()!.RawTarget = target;
        request.Headers.Host = "localhost:8000";
        if (authorization is not null)
        {
            request.Headers.Authorization = authorization;
        }

        foreach (var (name, value) in headers)
        {
            request.Headers[name] = value;
        }

        var bytes = Encoding.UTF8.GetBytes(body);
        request.ContentLength = bytes.Length;
        request.Body = new MemoryStream(bytes);
        using var written = new MemoryStream();
        context.Response.Body = written;
        await router.HandleAsync(context);
        await context.Response.BodyWriter.FlushAsync();
        return new Answer(context.Response.StatusCode, context.Response.Headers, Encoding.UTF8.GetString(written.ToArray()));
    }

    internal Task<Answer> SendJsonAsync(string service, string target, string body, string? contentType = "application/x-amz-json-1.1") =>
        SendAsync("POST", "/", Signed(service), body, ("X-Amz-Target", target), ("Content-Type", contentType));

    internal Task<Answer> SendFormAsync(string service, string form) =>
        SendAsync("POST", "/", Signed(service), form, ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"));
}

/// <summary>What came back.</summary>
internal sealed record Answer(int Status, IHeaderDictionary Headers, string Body)
{
    internal JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    internal XElement Xml => XElement.Parse(Body);

    /// <summary>The text of the first element of that name, wherever it is.</summary>
    internal string? Element(string name) => Xml.DescendantsAndSelf().FirstOrDefault(one => one.Name.LocalName == name)?.Value;
}
