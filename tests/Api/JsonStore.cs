using System.Buffers;
using System.Text.Json;
using Storage.Engine;
using Storage.Engine.Api;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>A store in memory that is asked in DynamoDB JSON. Requests may be written with single quotes.</summary>
internal sealed class JsonStore : IAsyncDisposable
{
    private readonly Engine.Store store;

    private JsonStore(Engine.Store store) => this.store = store;

    internal Engine.Store Store => store;

    private DynamoDbApi Api => store.Api;

    internal static async Task<JsonStore> OpenAsync(TimeProvider? time = null) => new(await Engine.Store.OpenAsync(
        new StoreOptions { Seed = 7, InitialPartitions = 3, Time = time ?? TimeProvider.System }));

    public ValueTask DisposeAsync() => store.DisposeAsync();

    /// <summary>The answer of a request that must be good.</summary>
    internal async Task<JsonElement> AskAsync(string operation, string json)
    {
        var (status, answer) = await SendAsync(operation, json);
        Assert.True(status == 200, answer.ToString());
        return answer;
    }

    /// <summary>The text of a refusal, which must be a ValidationException.</summary>
    internal async Task<string> InvalidAsync(string operation, string json)
    {
        var (type, text) = await RefusedAsync(operation, json);
        Assert.True(type == "ValidationException", type + ": " + text);
        return text;
    }

    /// <summary>Type and text of a refusal.</summary>
    internal async Task<(string Type, string Text)> RefusedAsync(string operation, string json)
    {
        var (status, answer) = await SendAsync(operation, json);
        Assert.True(status == 400, answer.ToString());
        var type = answer.GetProperty("__type").GetString()!;
        return (type[(type.IndexOf('#', StringComparison.Ordinal) + 1)..], answer.GetProperty("message").GetString()!);
    }

    internal Task PutAsync(string table, string item) =>
        AskAsync("PutItem", "{'TableName':'" + table + "','Item':" + item + "}");

    private async Task<(int Status, JsonElement Answer)> SendAsync(string operation, string json)
    {
        var body = System.Text.Encoding.UTF8.GetBytes(json.Replace('\'', '"'));
        var response = new ArrayBufferWriter<byte>();
        var status = await Api.HandleAsync(
            "DynamoDB_20120810." + operation, new ReadOnlySequence<byte>(body), response, CancellationToken.None);
        using var document = JsonDocument.Parse(response.WrittenMemory);
        return (status, document.RootElement.Clone());
    }
}
