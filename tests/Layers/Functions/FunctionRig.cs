using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Server.Aws;
using Storage.Server.Blobs;
using Storage.Server.Lambda;
using Storage.Server.Lambda.Functions;
using Xunit;

namespace Storage.Layers.Tests.Functions;

/// <summary>A catalog on a store, in memory or in a directory, asked by method and path without a socket.</summary>
internal sealed class FunctionRig : IAsyncDisposable
{
    internal const string Role = "arn:aws:iam::123456789012:role/lambda-role";

    internal const string Arn = "arn:aws:lambda:us-east-1:123456789012:function:";

    private readonly RouteTable routes;

    private FunctionRig(Store store, BlobStore blobs, LambdaOptions options, FakeTimeProvider time)
    {
        Store = store;
        Blobs = blobs;
        Time = time;
        Catalog = new FunctionCatalog(store, blobs, options);
        Catalog.Changed += name =>
        {
            lock (Changed)
            {
                Changed.Add(name);
            }
        };
        routes = new RouteTable(FunctionRoutes.Of(Catalog));
    }

    internal Store Store { get; }

    internal BlobStore Blobs { get; }

    internal FakeTimeProvider Time { get; }

    internal FunctionCatalog Catalog { get; }

    internal List<string> Changed { get; } = [];

    internal static async Task<FunctionRig> StartAsync(LambdaOptions? options = null, string? directory = null)
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse(
            "2026-11-23T17:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        var store = await Store.OpenAsync(new StoreOptions { Time = time, Seed = 1, Directory = directory, InitialPartitions = 2 });
        var rig = new FunctionRig(store, new BlobStore(directory), options ?? new LambdaOptions(), time);
        await rig.Catalog.StartAsync(default);
        return rig;
    }

    public async ValueTask DisposeAsync()
    {
        await Catalog.DisposeAsync();
        Blobs.Dispose();
        await Store.DisposeAsync();
    }

    /// <summary>Runs an operation by its method and path, which may have a query.</summary>
    internal async Task<RestAnswer> SendAsync(string method, string target, JsonObject? body = null)
    {
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? target : target[..mark];
        var found = routes.Find(method, RouteTable.Split(path), static (_, _) => true);
        Assert.NotNull(found);
        var query = new QueryCollection(QueryHelpers.ParseQuery(mark < 0 ? string.Empty : target[mark..]));
        var request = new RestRequest(
            new AwsCall("00000000-0000-0000-0000-000000000001", "us-east-1", "123456789012", "AKIDEXAMPLE"),
            found.Value.Values,
            query,
            new HeaderDictionary { ["Host"] = "localhost:8000" },
            body is null ? default : Encoding.UTF8.GetBytes(body.ToJsonString()));
        return await found.Value.Route.Run!(request, default);
    }

    /// <summary>The answer's JSON, of an operation that must have this status.</summary>
    internal async Task<JsonObject> CallAsync(int status, string method, string target, JsonObject? body = null)
    {
        var answer = await SendAsync(method, target, body);
        Assert.Equal(status, answer.Status);
        return answer.Json as JsonObject ?? [];
    }

    /// <summary>An operation that must be refused.</summary>
    internal async Task<AwsFault> RefusedAsync(int status, string code, string method, string target, JsonObject? body = null)
    {
        var refusal = await Assert.ThrowsAsync<AwsException>(() => SendAsync(method, target, body));
        Assert.Equal((status, code), (refusal.Fault.Status, refusal.Fault.Code));
        return refusal.Fault;
    }

    internal static JsonObject CreateBody(string name, byte[]? zip = null) => new()
    {
        ["FunctionName"] = name,
        ["Runtime"] = "python3.14",
        ["Role"] = Role,
        ["Handler"] = "lambda_function.lambda_handler",
        ["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(zip ?? Zips.Python()) },
    };

    internal Task<JsonObject> CreateAsync(string name, Action<JsonObject>? with = null)
    {
        var body = CreateBody(name);
        with?.Invoke(body);
        return CallAsync(201, "POST", "/2015-03-31/functions", body);
    }

    internal Task<JsonObject> UpdateCodeAsync(string name, string body, JsonObject? with = null)
    {
        var request = with ?? [];
        request["ZipFile"] = Convert.ToBase64String(Zips.Python(body));
        return CallAsync(200, "PUT", $"/2015-03-31/functions/{name}/code", request);
    }

    internal Task<JsonObject> PublishAsync(string name, JsonObject? body = null) =>
        CallAsync(201, "POST", $"/2015-03-31/functions/{name}/versions", body ?? []);

    /// <summary>Waits as <c>aws lambda wait function-active-v2</c> does, on GetFunction.</summary>
    internal async Task<JsonObject> ActiveAsync(string name)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            guard.Token.ThrowIfCancellationRequested();
            var configuration = (await CallAsync(200, "GET", $"/2015-03-31/functions/{name}"))["Configuration"]!.AsObject();
            if (configuration["State"]!.GetValue<string>() != "Pending"
                && configuration["LastUpdateStatus"]!.GetValue<string>() != "InProgress")
            {
                return configuration;
            }

            await Task.Yield();
        }
    }
}
