using System.Globalization;
using System.Text.Json;

namespace Storage.Faults.Kill;

/// <summary>
/// A writer that alone writes its keys, each with a version that it alone counts up by conditional writes. So it knows
/// what the store must hold, but for the one request that was in flight when the server went away.
/// </summary>
internal sealed class KeyWriter(int number, int keys)
{
    internal const string Table = "Versions";
    internal const string Index = "ByGroup";

    private const int Groups = 7;

    private readonly long[] versions = new long[keys]; // Of the last write that is known; counts on through deletions.
    private readonly bool[] present = new bool[keys];
    private (int Key, long Version, bool Present)? inFlight;

    /// <summary>Writes that were answered.</summary>
    internal long Acknowledged { get; private set; }

    /// <summary>Requests whose outcome nobody was told.</summary>
    internal long InDoubt { get; private set; }

    internal static string TableDefinition => $$$$"""
        {"TableName":"{{{{Table}}}}","BillingMode":"PAY_PER_REQUEST",
         "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},
         "KeySchema":[{"AttributeName":"P","KeyType":"HASH"},{"AttributeName":"K","KeyType":"RANGE"}],
         "AttributeDefinitions":[{"AttributeName":"P","AttributeType":"S"},{"AttributeName":"K","AttributeType":"N"},
          {"AttributeName":"G","AttributeType":"S"}],
         "GlobalSecondaryIndexes":[{"IndexName":"{{{{Index}}}}","Projection":{"ProjectionType":"ALL"},
          "KeySchema":[{"AttributeName":"G","KeyType":"HASH"},{"AttributeName":"K","KeyType":"RANGE"}]}]}
        """;

    private string Partition => "writer-" + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Writes until the server is gone.</summary>
    internal async Task RunAsync(DynamoDbCalls server, Random random)
    {
        while (await StepAsync(server, random))
        {
        }
    }

    /// <summary>
    /// Compares what the reopened store holds under this writer's keys with what it must hold, and learns what became of
    /// the request that was in flight.
    /// </summary>
    /// <exception cref="ViolationException">An acknowledged write is gone, a refused one is there, or content is wrong.</exception>
    internal void Check(IEnumerable<JsonElement> items)
    {
        var found = items.Where(item => item.Text("P") == Partition).ToDictionary(item => (int)item.Number("K"));
        foreach (var (key, item) in found)
        {
            var (version, group) = (item.Number("V"), GroupOf(key, item.Number("V")));
            if (item.Text("B") != Content(key, version) || item.Text("G") != group)
            {
                throw new ViolationException($"{Partition}/{key} version {version} does not have the content that was written.");
            }

            if (key < 0 || key >= keys)
            {
                throw new ViolationException($"{Partition}/{key} was never written.");
            }
        }

        for (var key = 0; key < keys; key++)
        {
            var has = found.TryGetValue(key, out var item);
            var version = has ? item.Number("V") : 0;
            if (Is(key, versions[key], present[key]))
            {
                continue;
            }

            if (inFlight is not { } open || open.Key != key || !Is(key, open.Version, open.Present))
            {
                throw new ViolationException(
                    $"{Partition}/{key} must be {State(versions[key], present[key])}"
                    + (inFlight is { } other && other.Key == key ? $" or {State(other.Version, other.Present)}" : "")
                    + $", and is {State(version, has)}.");
            }

            (versions[key], present[key]) = (open.Version, open.Present);

            bool Is(int at, long wanted, bool there) => has == there && (!there || version == wanted);
        }

        inFlight = null;
    }

    private static string State(long version, bool there) =>
        there ? string.Create(CultureInfo.InvariantCulture, $"version {version}") : "absent";

    private static string GroupOf(int key, long version) =>
        "group-" + ((key + version) % Groups).ToString(CultureInfo.InvariantCulture);

    /// <summary>What a version of a key holds: mostly some kilobytes, seldom more than a page of the log.</summary>
    private string Content(int key, long version)
    {
        var pseudo = ((version * 7919) + (key * 104729) + number) & 0x7FFFFFFF;
        var length = pseudo % 97 == 0 ? 120_000 : (int)(pseudo % 20_000);
        return string.Create(length, pseudo, static (text, from) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = (char)('a' + ((from + (i * 31L) + (i >> 6)) % 26));
            }
        });
    }

    /// <summary>One request; false when the server went away.</summary>
    private async Task<bool> StepAsync(DynamoDbCalls server, Random random)
    {
        var key = random.Next(keys);
        switch (random.Next(20))
        {
            case 0:
                return await ReadAsync(server, key);
            case 1 or 2:
                return await BeRefusedAsync(server, key, random);
            case 3 or 4 when present[key]:
                return await WriteAsync(server, key, present: false, "DeleteItem", $"\"Key\":{Key(key)}");
            case < 11 when present[key]:
                var version = versions[key] + 1;
                return await WriteAsync(
                    server, key, present: true, "UpdateItem",
                    $"\"Key\":{Key(key)},\"UpdateExpression\":\"SET V = :n, B = :b, G = :g\"",
                    $$$$"""
                    ,":n":{"N":"{{{{version}}}}"},":b":{"S":"{{{{Content(key, version)}}}}"},":g":{"S":"{{{{GroupOf(key, version)}}}}"}
                    """);
            default:
                return await WriteAsync(server, key, present: true, "PutItem", $"\"Item\":{Item(key, versions[key] + 1)}");
        }
    }

    private async Task<bool> WriteAsync(
        DynamoDbCalls server, int key, bool present, string operation, string what, string moreValues = "")
    {
        inFlight = (key, versions[key] + 1, present);
        var body = this.present[key]
            ? $$$$"""
            {"TableName":"{{{{Table}}}}",{{{{what}}}},"ConditionExpression":"V = :v",
             "ExpressionAttributeValues":{":v":{"N":"{{{{versions[key]}}}}"}{{{{moreValues}}}} } }
            """
            : $$$$"""{"TableName":"{{{{Table}}}}",{{{{what}}}},"ConditionExpression":"attribute_not_exists(P)"}""";
        if (await server.TrySendAsync(operation, body) is not { } answer)
        {
            InDoubt++;
            return false;
        }

        if (answer.Status != 200)
        {
            throw new ViolationException(
                $"{operation} of {Partition}/{key} at {State(versions[key], this.present[key])} answered {answer.Status}: {answer.Text}");
        }

        (versions[key], this.present[key]) = (versions[key] + 1, present);
        inFlight = null;
        Acknowledged++;
        return true;
    }

    /// <summary>A write whose condition cannot hold: what it would write must never be seen.</summary>
    private async Task<bool> BeRefusedAsync(DynamoDbCalls server, int key, Random random)
    {
        var wrong = versions[key] + random.Next(1, 100);
        var body =
            $$$$"""
            {"TableName":"{{{{Table}}}}","Item":{{{{Item(key, wrong)}}}},"ConditionExpression":"V = :v",
             "ExpressionAttributeValues":{":v":{"N":"{{{{wrong}}}}"}}}
            """;
        var answer = await server.TrySendAsync("PutItem", body);
        return answer is null || answer.Refused("ConditionalCheckFailedException")
            ? answer is not null
            : throw new ViolationException($"A write that had to be refused was answered {answer.Status}: {answer.Text}");
    }

    private async Task<bool> ReadAsync(DynamoDbCalls server, int key)
    {
        var body = $$$$"""{"TableName":"{{{{Table}}}}","ConsistentRead":true,"Key":{{{{Key(key)}}}} }""";
        if (await server.TrySendAsync("GetItem", body) is not { } answer)
        {
            return false;
        }

        var has = answer.Json.TryGetProperty("Item", out var item);
        var version = has ? item.Number("V") : 0;
        return answer.Status == 200 && has == present[key] && (!has || version == versions[key])
            ? true
            : throw new ViolationException(
                $"{Partition}/{key} is {State(versions[key], present[key])} and was read as {State(version, has)}: {answer.Status}.");
    }

    private string Key(int key) => string.Create(CultureInfo.InvariantCulture, $$$$"""{"P":{"S":"{{{{Partition}}}}"},"K":{"N":"{{{{key}}}}"}}""");

    private string Item(int key, long version) => string.Create(
        CultureInfo.InvariantCulture,
        $$$$"""
        {"P":{"S":"{{{{Partition}}}}"},"K":{"N":"{{{{key}}}}"},"V":{"N":"{{{{version}}}}"},"G":{"S":"{{{{GroupOf(key, version)}}}}"},
         "B":{"S":"{{{{Content(key, version)}}}}"}}
        """);
}
