using System.Buffers;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Engine.Model;
using Xunit;
using Utf8 = System.Text.Encoding;

namespace Storage.Tests.Api;

/// <summary>
/// A store in memory that is spoken to in JSON. Bodies come in one piece and in pieces of one byte by turns: no answer
/// may depend on it.
/// </summary>
public abstract class ApiTest : IAsyncLifetime
{
    private Engine.Store store = null!;
    private int sent;

    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));

    public async Task InitializeAsync()
    {
        store = await Engine.Store.OpenAsync(new StoreOptions { Seed = 1, Time = Time });
        await store.CreateTableAsync(new TableDefinition { Name = "Simple", Key = new KeySchema(Attribute("pk")) });
        await store.CreateTableAsync(new TableDefinition
        {
            Name = "Pairs",
            Key = new KeySchema(Attribute("pk"), Attribute("sk", AttributeType.N)),
        });
        await store.CreateTableAsync(new TableDefinition
        {
            Name = "Indexed",
            Key = new KeySchema(Attribute("pk"), Attribute("sk")),
            Indexes =
            [
                new IndexDefinition { Name = "byG", Key = new KeySchema(Attribute("gpk")) },
                new IndexDefinition
                {
                    Name = "byL",
                    IsLocal = true,
                    Key = new KeySchema(Attribute("pk"), Attribute("lsk", AttributeType.N)),
                    Projection = ProjectionType.KeysOnly,
                },
            ],
        });
    }

    public async Task DisposeAsync() => await store.DisposeAsync();

    /// <summary>Sends a request and returns status and body.</summary>
    protected async Task<(int Status, string Body)> SendAsync(string operation, string request)
    {
        var bytes = Utf8.UTF8.GetBytes(request);
        var body = Interlocked.Increment(ref sent) % 2 == 0 ? new ReadOnlySequence<byte>(bytes) : Segments.Single(bytes);
        var response = new ArrayBufferWriter<byte>();
        var status = await store.Api.HandleAsync("DynamoDB_20120810." + operation, body, response, default);
        return (status, Utf8.UTF8.GetString(response.WrittenSpan));
    }

    /// <summary>Sends a request that must succeed and returns the body.</summary>
    protected async Task<string> OkAsync(string operation, string request)
    {
        var (status, body) = await SendAsync(operation, request);
        Assert.True(status == 200, body);
        return body;
    }

    /// <summary>Sends a request that must be refused with that error and returns the whole answer.</summary>
    protected async Task<JsonNode> RefusedAsync(string operation, string request, string type, string message)
    {
        var (status, body) = await SendAsync(operation, request);
        var answer = JsonNode.Parse(body)!;
        Assert.Equal(message, (string?)(answer["message"] ?? answer["Message"]));
        Assert.EndsWith("#" + type, (string?)answer["__type"], StringComparison.Ordinal);
        Assert.Equal(400, status);
        return answer;
    }

    protected Task<JsonNode> InvalidAsync(string operation, string request, string message) =>
        RefusedAsync(operation, request, "ValidationException", message);

    /// <summary>The item of Simple with that key as JSON, or <c>{}</c>.</summary>
    protected Task<string> GetAsync(string pk) =>
        OkAsync("GetItem", $$$$$"""{"TableName":"Simple","Key":{"pk":{"S":"{{{{{pk}}}}}"}}}""");

    /// <summary>Puts an item into Simple; <paramref name="rest"/> is further attributes, each beginning with a comma.</summary>
    protected Task PutAsync(string pk, string rest = "") =>
        OkAsync("PutItem", $$$$$"""{"TableName":"Simple","Item":{"pk":{"S":"{{{{{pk}}}}}"}{{{{{rest}}}}}}}""");

    private static KeyAttribute Attribute(string name, AttributeType type = AttributeType.S) => new(name, type);
}
