using System.Text.Json;

namespace Storage.Faults.Kill;

/// <summary>
/// Reads the stream of a table of versions through any number of restarts, on from the last record it saw. Each record's
/// old image must be what the one before left of the item: so none is missing, none comes twice, none out of order, and
/// none was shown that a kill then undid.
/// </summary>
internal sealed class StreamReader(string table)
{
    private const string Service = "DynamoDBStreams_20120810";

    private readonly SortedDictionary<string, string?> shards = new(StringComparer.Ordinal); // with the last sequence number
    private readonly Dictionary<string, long> versions = []; // of the items there are
    private string? arn;

    /// <summary>Records read.</summary>
    internal long Records { get; private set; }

    /// <summary>Reads until the server is gone.</summary>
    internal async Task RunAsync(DynamoDbCalls server)
    {
        while (await TryReadAsync(server))
        {
        }
    }

    /// <summary>Reads all there is, of a server that stays.</summary>
    internal async Task ReadToEndAsync(DynamoDbCalls server)
    {
        for (var before = -1L; before < Records;)
        {
            before = Records;
            if (!await TryReadAsync(server))
            {
                throw new ViolationException("The server went away while its stream was read.");
            }
        }
    }

    /// <summary>Compares what the records leave with the items of the table, once they are read to the end.</summary>
    /// <exception cref="ViolationException">They differ.</exception>
    internal void Check(IReadOnlyList<JsonElement> items)
    {
        var found = items.ToDictionary(KeyOf, item => item.Number("V"));
        if (found.Count != versions.Count || found.Any(item => !versions.TryGetValue(item.Key, out var version) || version != item.Value))
        {
            throw new ViolationException($"The table holds {found.Count} items, and its stream leaves {versions.Count}, or others.");
        }
    }

    private static string KeyOf(JsonElement item) => $"{item.Text("P")}/{item.Number("K")}";

    /// <summary>Reads each shard once to where it ends now; false when the server went away.</summary>
    private async Task<bool> TryReadAsync(DynamoDbCalls server)
    {
        if (arn is null && !await TryFindAsync(server))
        {
            return false;
        }

        foreach (var shard in shards.Keys.ToArray())
        {
            if (!await TryReadAsync(server, shard))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> TryFindAsync(DynamoDbCalls server)
    {
        if (await AskAsync(server, "ListStreams", $$"""{"TableName":"{{table}}"}""") is not { } streams)
        {
            return false;
        }

        var found = streams.GetProperty("Streams")[0].GetProperty("StreamArn").GetString()!;
        if (await AskAsync(server, "DescribeStream", $$"""{"StreamArn":"{{found}}"}""") is not { } answer)
        {
            return false;
        }

        foreach (var shard in answer.GetProperty("StreamDescription").GetProperty("Shards").EnumerateArray())
        {
            shards.Add(shard.GetProperty("ShardId").GetString()!, null);
        }

        arn = found;
        return true;
    }

    private async Task<bool> TryReadAsync(DynamoDbCalls server, string shard)
    {
        var from = shards[shard] is { } last
            ? $$"""
              "ShardIteratorType":"AFTER_SEQUENCE_NUMBER","SequenceNumber":"{{last}}"
              """
            : "\"ShardIteratorType\":\"TRIM_HORIZON\"";
        var place = await AskAsync(server, "GetShardIterator", $$"""{"StreamArn":"{{arn}}","ShardId":"{{shard}}",{{from}}}""");
        for (var iterator = IteratorOf(place, "ShardIterator"); iterator is not null;)
        {
            var page = await AskAsync(server, "GetRecords", $$"""{"ShardIterator":"{{iterator}}"}""");
            if (page is null)
            {
                return false;
            }

            var records = page.Value.GetProperty("Records"u8);
            if (records.GetArrayLength() == 0)
            {
                return true;
            }

            foreach (var record in records.EnumerateArray())
            {
                Follow(record, shard);
            }

            iterator = IteratorOf(page, "NextShardIterator");
        }

        return false;
    }

    private void Follow(JsonElement record, string shard)
    {
        var name = record.GetProperty("eventName").GetString();
        var change = record.GetProperty("dynamodb");
        var key = KeyOf(change.GetProperty("Keys"));
        long? before = change.TryGetProperty("OldImage", out var old) ? old.Number("V") : null;
        long? known = versions.TryGetValue(key, out var version) ? version : null;
        var hasNew = change.TryGetProperty("NewImage", out var image);
        if (before != known || name != (before is null ? "INSERT" : hasNew ? "MODIFY" : "REMOVE"))
        {
            throw new ViolationException($"{name} of {key} finds version {before}, but the records before left {known}.");
        }

        if (hasNew)
        {
            versions[key] = image.Number("V");
        }
        else
        {
            versions.Remove(key);
        }

        shards[shard] = change.GetProperty("SequenceNumber").GetString();
        Records++;
    }

    private static string? IteratorOf(JsonElement? answer, string name) =>
        answer is { } there && there.TryGetProperty(name, out var iterator) ? iterator.GetString() : null;

    /// <summary>Null when the server went away.</summary>
    private static async Task<JsonElement?> AskAsync(DynamoDbCalls server, string operation, string body)
    {
        var answer = await server.TrySendAsync(operation, body, Service);
        return answer is null ? null
            : answer.Status == 200 ? answer.Json
            : throw new ViolationException($"{operation} answered {answer.Status}: {answer.Text}");
    }
}
