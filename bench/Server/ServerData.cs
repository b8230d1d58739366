using System.Globalization;

namespace Storage.Bench.Server;

/// <summary>The tables of the run over HTTP and the requests on them.</summary>
internal static class ServerData
{
    /// <summary>Items of 1 KB and 10 attributes.</summary>
    internal const int ItemCount = 5_000;

    /// <summary>Collections of <see cref="CollectionItems"/> items.</summary>
    internal const int CollectionCount = 200;

    internal const int CollectionItems = 100;

    private const int BatchItems = 25;
    private const int SendersAtOnce = 8;

    private static readonly string Filler = string.Concat(Enumerable.Range(0, 130).Select(i => (char)('a' + (i % 26))));

    internal static IEnumerable<string> Gets() => Keys().Select(key => $$"""{"TableName":"Items","Key":{{key}}}""");

    /// <summary>
    /// Every item twice, different each time: a put of what is there already makes no record and would not be durable work.
    /// </summary>
    internal static IEnumerable<string> Puts() => new[] { 1_000_000, 2_000_000 }.SelectMany(visits =>
        Numbers().Select(number => $$"""{"TableName":"Items","Item":{{Item(number, visits + number)}}}"""));

    internal static IEnumerable<string> Updates() => Keys().Select(key =>
        $$$$"""{"TableName":"Items","Key":{{{{key}}}},"UpdateExpression":"SET visits = visits + :one, title = :t","ExpressionAttributeValues":{":one":{"N":"1"},":t":{"S":"{{{{Filler[..60]}}}}"}}}""");

    internal static IEnumerable<string> Queries() => Enumerable.Range(0, CollectionCount).Select(collection =>
        $$$$"""{"TableName":"Events","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"{{{{CollectionName(collection)}}}}"}}}""");

    /// <summary>Creates and fills the tables, then checks one answer of each kind.</summary>
    internal static async Task LoadAsync(Uri address)
    {
        using var client = new HttpClient();
        await CreateAsync(client, address, "Items", "id", null);
        await CreateAsync(client, address, "Events", "pk", "sk");
        await WriteAsync(client, address, "Items", Enumerable.Range(0, ItemCount).Select(number => Item(number, number)));
        await WriteAsync(
            client,
            address,
            "Events",
            Enumerable.Range(0, CollectionCount).SelectMany(c => Enumerable.Range(0, CollectionItems).Select(i => Event(c, i))));
        Check(await DynamoDbRequest.SendAsync(client, address, "GetItem", Gets().First()), Filler);
        Check(await DynamoDbRequest.SendAsync(client, address, "Query", Queries().First()), $"\"Count\":{CollectionItems}");
    }

    private static async Task CreateAsync(HttpClient client, Uri address, string table, string hash, string? range)
    {
        var attributes = $$"""{"AttributeName":"{{hash}}","AttributeType":"S"}""";
        var schema = $$"""{"AttributeName":"{{hash}}","KeyType":"HASH"}""";
        if (range is not null)
        {
            attributes += $$""",{"AttributeName":"{{range}}","AttributeType":"N"}""";
            schema += $$""",{"AttributeName":"{{range}}","KeyType":"RANGE"}""";
        }

        await DynamoDbRequest.SendAsync(
            client,
            address,
            "CreateTable",
            $$"""{"TableName":"{{table}}","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{{attributes}}],"KeySchema":[{{schema}}]}""");

        // CREATING is answered first; the next description says ACTIVE.
        await DynamoDbRequest.SendAsync(client, address, "DescribeTable", $$"""{"TableName":"{{table}}"}""");
    }

    private static async Task WriteAsync(HttpClient client, Uri address, string table, IEnumerable<string> items)
    {
        var limits = new ParallelOptions { MaxDegreeOfParallelism = SendersAtOnce };
        await Parallel.ForEachAsync(items.Chunk(BatchItems), limits, async (batch, _) =>
        {
            var puts = string.Join(',', batch.Select(item => $$$"""{"PutRequest":{"Item":{{{item}}}}}"""));
            var answer = await DynamoDbRequest.SendAsync(
                client, address, "BatchWriteItem", $$$"""{"RequestItems":{"{{{table}}}":[{{{puts}}}]}}""");
            Check(answer, "\"UnprocessedItems\":{}");
        });
    }

    private static void Check(string answer, string expected)
    {
        if (!answer.Contains(expected, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"Expected {expected} in the answer {answer}");
        }
    }

    /// <summary>All item numbers in an order without pattern.</summary>
    private static IEnumerable<int> Numbers() => Enumerable.Range(0, ItemCount).Select(i => (int)(i * 7919L % ItemCount));

    private static IEnumerable<string> Keys() => Numbers().Select(number => $$$"""{"id":{"S":"{{{Name(number)}}}"}}""");

    private static string Name(int number) => $"item-{number.ToString("D8", CultureInfo.InvariantCulture)}";

    private static string CollectionName(int collection) => $"stream-{collection.ToString("D5", CultureInfo.InvariantCulture)}";

    private static string Item(int number, int visits) =>
        $$$"""{"id":{"S":"{{{Name(number)}}}"},"title":{"S":"{{{Filler[..60]}}}"},"artist":{"S":"{{{Filler}}}"},"album":{"S":"{{{Filler}}}"},"genre":{"S":"{{{Filler}}}"},"label":{"S":"{{{Filler}}}"},"notes":{"S":"{{{Filler}}}{{{Filler}}}{{{Filler}}}"},"year":{"N":"{{{1950 + (number % 75)}}}"},"visits":{"N":"{{{visits}}}"},"awarded":{"BOOL":true}}""";

    private static string Event(int collection, int number) =>
        $$$"""{"pk":{"S":"{{{CollectionName(collection)}}}"},"sk":{"N":"{{{number * 10}}}"},"kind":{"S":"page_view"},"path":{"S":"/{{{Filler[..50]}}}"},"ms":{"N":"{{{number}}}"},"ok":{"BOOL":true}}""";
}
