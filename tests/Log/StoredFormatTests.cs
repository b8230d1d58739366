using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Engine.Recovery;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>Stores written by builds of former formats open with all that was in them; see tests/data/formats.</summary>
public sealed partial class StoredFormatTests
{
    private static readonly DateTimeOffset Written = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    private static string Formats => Path.Combine(AppContext.BaseDirectory, "data", "formats");

    public static TheoryData<string, string> Stores => new()
    {
        { "1", "closed.zip" },
        { "1", "open.zip" },
        { "2", "closed.zip" },
        { "2", "open.zip" },
        { "3", "closed.zip" },
        { "3", "open.zip" },
    };

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_store_of_a_former_format_has_what_was_written_and_goes_on(string format, string name)
    {
        var expected = await ExpectedAsync(format);
        var files = Unzip(Path.Combine(Formats, format, name));
        await using (var store = await OpenAsync(files))
        {
            Assert.Equal(expected, await ContentAsync(store, format));
            await RequireTokenAsync(store);
            Assert.Equal(expected, await ContentAsync(store, format));
            await AskAsync(store, "PutItem", """{"TableName":"Blobs","Item":{"b":{"B":"bmV3"}}}""");
        }

        for (var opening = 0; opening < 2; opening++)
        {
            await using var store = await OpenAsync(files);
            await AskAsync(store, "DeleteItem", """{"TableName":"Blobs","Key":{"b":{"B":"bmV3"}}}""");
            Assert.Equal(expected, await ContentAsync(store, format));
        }
    }

    /// <summary>The store of today, from the same requests, has the same content: the expectation is no accident of one build.</summary>
    [Theory]
    [InlineData("2", false)]
    [InlineData("2", true)]
    [InlineData("3", false)]
    [InlineData("3", true)]
    public async Task The_requests_give_the_expected_content_today(string format, bool checkpoints)
    {
        var (closed, open) = await WriteAsync(format, checkpoints);
        var expected = await ExpectedAsync(format);
        foreach (var files in (MemoryFiles[])[closed, open])
        {
            await using var store = await OpenAsync(files);
            Assert.Equal(expected, await ContentAsync(store, format));
        }
    }

    /// <summary>
    /// The files of a store after the requests: closed, and as a killed process leaves them. With checkpoints and merges
    /// between the requests there are runs of two levels, history and a tail of the log.
    /// </summary>
    private static async Task<(MemoryFiles Closed, MemoryFiles Open)> WriteAsync(string format, bool checkpoints)
    {
        const int RequestsBetween = 4;
        var requests = 0;
        var files = new MemoryFiles();
        MemoryFiles open;
        await using (var store = await OpenAsync(files, Written))
        {
            foreach (var line in await RequestsAsync(format))
            {
                using var document = JsonDocument.Parse(line);
                var request = document.RootElement.EnumerateObject().Single();
                await AskAsync(store, request.Name, Long().Replace(
                    request.Value.GetRawText(), text => $"\"{new string(text.Groups[1].Value[0], int.Parse(text.Groups[2].ValueSpan))}\""));
                while (request.Name == "UpdateTable"
                    && (await AskAsync(store, "DescribeTable", """{"TableName":"Streamed"}""")).GetRawText().Contains("CREATING", StringComparison.Ordinal))
                {
                    await Task.Yield();
                }

                while (request.Name == "UpdateTimeToLive"
                    && (await AskAsync(store, "DescribeTimeToLive", """{"TableName":"Sessions"}""")).GetRawText().Contains("ENABLING", StringComparison.Ordinal))
                {
                    await Task.Yield();
                }

                if (checkpoints && ++requests % RequestsBetween == 0)
                {
                    await store.Checkpointer!.CheckpointAsync(default);
                    await store.Checkpointer.MergeAsync(default);
                }
            }

            open = files.Copy();
        }

        return (files, open);
    }

    private static async Task<string[]> ExpectedAsync(string format) =>
        await File.ReadAllLinesAsync(Path.Combine(Formats, format == "3" ? format : ".", "expected.jsonl"));

    private static async Task<string[]> RequestsAsync(string format)
    {
        var requests = await File.ReadAllLinesAsync(Path.Combine(Formats, "requests.jsonl"));
        return format == "3" ? [.. requests, .. await File.ReadAllLinesAsync(Path.Combine(Formats, format, "requests.jsonl"))] : requests;
    }

    /// <summary>What must be found in a store of a format; streams and time to live since the third.</summary>
    private static async Task<List<string>> ContentAsync(Engine.Store store, string format) =>
        format == "3" ? [.. await ContentAsync(store), .. await StreamsAsync(store)] : await ContentAsync(store);

    /// <summary>Every stream, former ones included, with its records, and what time to live says, a line each.</summary>
    private static async Task<List<string>> StreamsAsync(Engine.Store store)
    {
        var lines = new List<string>();
        foreach (var stream in (await AskAsync(store, "ListStreams", "{}")).GetProperty("Streams").EnumerateArray())
        {
            var arn = stream.GetProperty("StreamArn").GetString();
            var description = (await AskAsync(store, "DescribeStream", $"{{\"StreamArn\":\"{arn}\"}}")).GetProperty("StreamDescription");
            lines.Add(description.GetRawText());
            foreach (var shard in description.GetProperty("Shards").EnumerateArray())
            {
                var iterator = (await AskAsync(
                    store, "GetShardIterator", $"{{\"StreamArn\":\"{arn}\",\"ShardId\":{shard.GetProperty("ShardId").GetRawText()},\"ShardIteratorType\":\"TRIM_HORIZON\"}}"))
                    .GetProperty("ShardIterator").GetRawText();
                var page = await AskAsync(store, "GetRecords", $"{{\"ShardIterator\":{iterator}}}");
                lines.AddRange(page.GetProperty("Records").EnumerateArray().Select(record => Short(record.GetRawText())));
            }
        }

        lines.Add((await AskAsync(store, "DescribeTimeToLive", """{"TableName":"Sessions"}""")).GetRawText());
        return lines;
    }

    /// <summary>Every table and index with its count and items, a line each; long texts as "letter*count".</summary>
    private static async Task<List<string>> ContentAsync(Engine.Store store)
    {
        var lines = new List<string>();
        foreach (var table in await store.ListTablesAsync())
        {
            var definition = (await store.FindTableAsync(table))!;
            foreach (var index in (string?[])[null, .. definition.Indexes.Select(index => index.Name).Order(StringComparer.Ordinal)])
            {
                var name = index is null ? $"\"TableName\":\"{table}\"" : $"\"TableName\":\"{table}\",\"IndexName\":\"{index}\"";
                var items = new List<string>();
                var start = "";
                do
                {
                    var page = await AskAsync(store, "Scan", $"{{{name}{start}}}");
                    items.AddRange(page.GetProperty("Items").EnumerateArray().Select(item => Short(item.GetRawText())));
                    start = page.TryGetProperty("LastEvaluatedKey", out var key) ? $",\"ExclusiveStartKey\":{key.GetRawText()}" : "";
                }
                while (start.Length > 0);
                lines.Add($"{{{name},\"Count\":{items.Count}}}");
                lines.AddRange(items.Order(StringComparer.Ordinal).Select(item => $"{{{name},\"Item\":{item}}}"));
            }
        }

        return lines;
    }

    /// <summary>The token of the transaction is known: the same request does nothing, another one is refused.</summary>
    private static async Task RequireTokenAsync(Engine.Store store)
    {
        var line = (await RequestsAsync("1")).Single(line => line.Contains("fixture-token", StringComparison.Ordinal));
        using var document = JsonDocument.Parse(line);
        var request = document.RootElement.GetProperty("TransactWriteItems").GetRawText();
        await AskAsync(store, "TransactWriteItems", request);
        var (status, answer) = await SendAsync(store, "TransactWriteItems", request.Replace("\"N\":\"1\"", "\"N\":\"2\"", StringComparison.Ordinal));
        Assert.Equal(400, status);
        Assert.Contains("IdempotentParameterMismatchException", answer.GetRawText(), StringComparison.Ordinal);
    }

    private static ValueTask<Engine.Store> OpenAsync(MemoryFiles files, DateTimeOffset? time = null) => Engine.Store.OpenAsync(new StoreOptions
    {
        Files = files,
        Seed = 7,
        InitialPartitions = 2,
        Time = new FakeTimeProvider(time ?? Written.AddMinutes(5)),
        Checkpoints = new CheckpointOptions { InBackground = false, MergeRuns = 3 },
    });

    private static async Task<JsonElement> AskAsync(Engine.Store store, string operation, string json)
    {
        var (status, answer) = await SendAsync(store, operation, json);
        Assert.True(status == 200, answer.ToString());
        return answer;
    }

    private static async Task<(int Status, JsonElement Answer)> SendAsync(Engine.Store store, string operation, string json)
    {
        var response = new ArrayBufferWriter<byte>();
        var service = operation is "ListStreams" or "DescribeStream" or "GetShardIterator" or "GetRecords" ? "DynamoDBStreams" : "DynamoDB";
        var status = await store.Api.HandleAsync(
            $"{service}_20120810.{operation}", new ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(json)), response, CancellationToken.None);
        using var document = JsonDocument.Parse(response.WrittenMemory);
        return (status, document.RootElement.Clone());
    }

    private static string Short(string item) => Repeated().Replace(item, text => $"\"{text.Groups[1].Value}*{text.Length - 2}\"");

    private static MemoryFiles Unzip(string path)
    {
        var files = new MemoryFiles();
        using var archive = ZipFile.OpenRead(path);
        foreach (var entry in archive.Entries)
        {
            using var stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            var file = files.Open(entry.Name, create: true);
            file.Write(0, bytes.ToArray());
            file.Sync();
        }

        files.SyncDirectory();
        return files;
    }

    [GeneratedRegex("\"([a-z])\\*([0-9]+)\"")]
    private static partial Regex Long();

    [GeneratedRegex("\"([a-z])\\1{1000,}\"")]
    private static partial Regex Repeated();
}
