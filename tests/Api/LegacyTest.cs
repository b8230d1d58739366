using System.Buffers;
using System.Text.Json;
using Storage.Engine;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>
/// A store in memory with two tables, asked in JSON with single quotes: Simple (pk) and Pairs (pk, sk number, local index
/// byL on pk and lsk that holds the keys). Facts: API Reference, Condition, ExpectedAttributeValue,
/// AttributeValueUpdate; Developer Guide, Legacy conditional parameters. Texts: observed answers of DynamoDB.
/// </summary>
public abstract class LegacyTest : IAsyncLifetime
{
    private const string Conditional = "ConditionalCheckFailedException: The conditional request failed";

    private Engine.Store store = null!;
    private int sent;

    public async Task InitializeAsync()
    {
        store = await Engine.Store.OpenAsync(new StoreOptions { Seed = 1 });
        await store.CreateTableAsync(new TableDefinition { Name = "Simple", Key = new KeySchema(new KeyAttribute("pk", AttributeType.S)) });
        await store.CreateTableAsync(new TableDefinition
        {
            Name = "Pairs",
            Key = new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("sk", AttributeType.N)),
            Indexes =
            [
                new IndexDefinition
                {
                    Name = "byL",
                    IsLocal = true,
                    Key = new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("lsk", AttributeType.N)),
                    Projection = ProjectionType.KeysOnly,
                },
            ],
        });
    }

    public async Task DisposeAsync() => await store.DisposeAsync();

    /// <summary>The answer with single quotes; of a refusal, its type and text.</summary>
    protected async Task<string> SendAsync(string operation, string request)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(request.Replace('\'', '"'));
        var body = sent++ % 2 == 0 ? new ReadOnlySequence<byte>(bytes) : Segments.Single(bytes);
        var response = new ArrayBufferWriter<byte>();
        var status = await store.Api.HandleAsync("DynamoDB_20120810." + operation, body, response, default);
        var answer = System.Text.Encoding.UTF8.GetString(response.WrittenSpan);
        if (status == 200)
        {
            return answer.Replace('"', '\'');
        }

        using var refusal = JsonDocument.Parse(answer);
        var type = refusal.RootElement.GetProperty("__type").GetString()!;
        return $"{type[(type.IndexOf('#', StringComparison.Ordinal) + 1)..]}: {refusal.RootElement.GetProperty("message")}";
    }

    /// <summary>Sends an operation on Simple's item a, the members after its key being given.</summary>
    protected Task<string> UpdateAsync(string members) =>
        SendAsync("UpdateItem", $"{{'TableName':'Simple','Key':{{'pk':{{'S':'a'}}}},{members}}}");

    protected async Task InvalidAsync(string operation, string request, string text) =>
        Assert.Equal("ValidationException: " + text, await SendAsync(operation, request));

    /// <summary>Puts Simple's item a; the attributes are given.</summary>
    protected async Task PutAsync(string attributes) => Assert.Equal(
        "{}",
        await SendAsync("PutItem", $"{{'TableName':'Simple','Item':{{'pk':{{'S':'a'}}{(attributes.Length > 0 ? "," : "")}{attributes}}}}}"));

    /// <summary>Simple's item a: its attributes but the key, or null.</summary>
    protected async Task<string?> GetAsync()
    {
        var answer = await SendAsync("GetItem", "{'TableName':'Simple','Key':{'pk':{'S':'a'}}}");
        return answer == "{}" ? null
            : answer["{'Item':{".Length..^2].Replace("'pk':{'S':'a'}", string.Empty, StringComparison.Ordinal).Trim(',');
    }

    /// <summary>Whether Expected lets a write of item a pass.</summary>
    protected async Task<bool> HoldsAsync(string expected, string? conditionalOperator = null)
    {
        var join = conditionalOperator is null ? string.Empty : $",'ConditionalOperator':'{conditionalOperator}'";
        var answer = await UpdateAsync($"'Expected':{{{expected}}}{join}");
        Assert.Contains(answer, new[] { "{}", Conditional });
        return answer == "{}";
    }
}
