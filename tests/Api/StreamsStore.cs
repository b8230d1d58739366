using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Tests.Files;
using Storage.Tests.Recovery;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>
/// A store that is asked in DynamoDB JSON, of tables and of streams; in memory, or on files that outlive it. Requests may
/// be written with single quotes.
/// </summary>
internal sealed class StreamsStore : IAsyncDisposable
{
    internal const int Partitions = 3;

    private static readonly HashSet<string> StreamsOperations = ["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"];

    private StreamsStore(Engine.Store store, FakeTimeProvider time)
    {
        Store = store;
        Time = time;
    }

    internal Engine.Store Store { get; }

    internal FakeTimeProvider Time { get; }

    internal static FakeTimeProvider NewTime() => new(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));

    internal static async Task<StreamsStore> OpenAsync(MemoryFiles? files = null, FakeTimeProvider? time = null, int partitions = Partitions)
    {
        time ??= NewTime();
        return new(
            await Engine.Store.OpenAsync(new StoreOptions
            {
                Seed = 7,
                InitialPartitions = partitions,
                Time = time,
                Files = files,
                Log = files is null ? null : VerifyFixture.SmallLog,
                Checkpoints = files is null ? null : FileStore.Small,
            }),
            time);
    }

    public ValueTask DisposeAsync() => Store.DisposeAsync();

    /// <summary>The answer of a request that must be good.</summary>
    internal async Task<JsonElement> AskAsync(string operation, string json)
    {
        var (status, answer) = await SendAsync(operation, json);
        Assert.True(status == 200, answer.ToString());
        return answer;
    }

    /// <summary>The text of a refusal, which must be of that type.</summary>
    internal async Task<string> RefusedAsync(string type, string operation, string json)
    {
        var (status, answer) = await SendAsync(operation, json);
        Assert.True(status == 400, answer.ToString());
        Assert.EndsWith("#" + type, answer.GetProperty("__type").GetString(), StringComparison.Ordinal);
        return answer.GetProperty("message").GetString()!;
    }

    /// <summary>Creates a table of partition key p and sort key s, both strings; gives its stream's ARN.</summary>
    internal async Task<string> CreateAsync(string table, string? view = "NEW_AND_OLD_IMAGES") =>
        LatestArn((await AskAsync(
            "CreateTable",
            "{'TableName':'" + table + "','BillingMode':'PAY_PER_REQUEST',"
            + "'AttributeDefinitions':[{'AttributeName':'p','AttributeType':'S'},{'AttributeName':'s','AttributeType':'S'}],"
            + "'KeySchema':[{'AttributeName':'p','KeyType':'HASH'},{'AttributeName':'s','KeyType':'RANGE'}],"
            + "'StreamSpecification':" + Specification(view) + "}")).GetProperty("TableDescription"));

    /// <summary>Switches a table's stream on, or off with null; gives the ARN of its latest one.</summary>
    internal async Task<string> SwitchAsync(string table, string? view) =>
        LatestArn((await AskAsync("UpdateTable", "{'TableName':'" + table + "','StreamSpecification':" + Specification(view) + "}"))
            .GetProperty("TableDescription"));

    internal Task DeleteTableAsync(string table) => AskAsync("DeleteTable", "{'TableName':'" + table + "'}");

    internal Task PutAsync(string table, string p, string s, string text) => AskAsync(
        "PutItem", "{'TableName':'" + table + "','Item':{'p':{'S':'" + p + "'},'s':{'S':'" + s + "'},'t':{'S':'" + text + "'}}}");

    internal Task DeleteAsync(string table, string p, string s) => AskAsync(
        "DeleteItem", "{'TableName':'" + table + "','Key':{'p':{'S':'" + p + "'},'s':{'S':'" + s + "'}}}");

    /// <summary>ARNs that ListStreams gives, of a table or of all.</summary>
    internal async Task<string[]> ListAsync(string? table = null) =>
        [.. (await AskAsync("ListStreams", table is null ? "{}" : "{'TableName':'" + table + "'}"))
            .GetProperty("Streams").EnumerateArray().Select(stream => stream.GetProperty("StreamArn").GetString()!)];

    internal async Task<JsonElement> DescribeAsync(string arn) =>
        (await AskAsync("DescribeStream", "{'StreamArn':'" + arn + "'}")).GetProperty("StreamDescription");

    internal async Task<string[]> ShardsAsync(string arn) =>
        [.. (await DescribeAsync(arn)).GetProperty("Shards").EnumerateArray().Select(shard => shard.GetProperty("ShardId").GetString()!)];

    internal async Task<string> IteratorAsync(string arn, string shard, string type = "TRIM_HORIZON", string? sequenceNumber = null) =>
        (await AskAsync(
            "GetShardIterator",
            "{'StreamArn':'" + arn + "','ShardId':'" + shard + "','ShardIteratorType':'" + type + "'"
            + (sequenceNumber is null ? "" : ",'SequenceNumber':'" + sequenceNumber + "'") + "}")).GetProperty("ShardIterator").GetString()!;

    internal async Task<(JsonElement[] Records, string? Next)> RecordsAsync(string iterator, int? limit = null)
    {
        var answer = await AskAsync(
            "GetRecords", "{'ShardIterator':'" + iterator + "'" + (limit is null ? "" : $",'Limit':{limit}") + "}");
        return (
            [.. answer.GetProperty("Records").EnumerateArray()],
            answer.TryGetProperty("NextShardIterator", out var next) ? next.GetString() : null);
    }

    /// <summary>Everything that is in a stream, shard after shard.</summary>
    internal async Task<List<JsonElement>> ReadAllAsync(string arn)
    {
        var records = new List<JsonElement>();
        foreach (var shard in await ShardsAsync(arn))
        {
            records.AddRange((await ReadShardAsync(await IteratorAsync(arn, shard))).Records);
        }

        return records;
    }

    /// <summary>Reads until a page is empty or the shard is closed.</summary>
    internal async Task<(List<JsonElement> Records, string? Next)> ReadShardAsync(string iterator, int? limit = null)
    {
        var records = new List<JsonElement>();
        var next = (string?)iterator;
        while (next is not null)
        {
            var (page, behind) = await RecordsAsync(next, limit);
            records.AddRange(page);
            next = behind;
            if (page.Length == 0)
            {
                break;
            }
        }

        return (records, next);
    }

    private static string Specification(string? view) =>
        view is null ? "{'StreamEnabled':false}" : "{'StreamEnabled':true,'StreamViewType':'" + view + "'}";

    private static string LatestArn(JsonElement table) =>
        table.TryGetProperty("LatestStreamArn", out var arn) ? arn.GetString()! : string.Empty;

    private async Task<(int Status, JsonElement Answer)> SendAsync(string operation, string json)
    {
        var body = System.Text.Encoding.UTF8.GetBytes(json.Replace('\'', '"'));
        var response = new ArrayBufferWriter<byte>();
        var service = StreamsOperations.Contains(operation) ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.";
        var status = await Store.Api.HandleAsync(service + operation, new ReadOnlySequence<byte>(body), response, CancellationToken.None);
        using var document = JsonDocument.Parse(response.WrittenMemory);
        return (status, document.RootElement.Clone());
    }
}
