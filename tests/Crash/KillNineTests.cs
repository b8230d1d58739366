using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Tests.Crash;

/// <summary>
/// A real server process is killed with -9 under concurrent writers, again and again on the same directory: no
/// acknowledged write is missing, no transaction is half there.
/// </summary>
public sealed class KillNineTests : IDisposable
{
    private const int Loops = 6;
    private const int Writers = 4;
    private const int Accounts = 6;
    private const int StartBalance = 1000;

    private readonly string directory = Directory.CreateTempSubdirectory("storage-kill-").FullName;
    private readonly ConcurrentDictionary<string, long> acknowledged = new();

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task Acknowledged_writes_survive_kill_nine()
    {
        var random = new Random(20261123);
        for (var loop = 0; loop < Loops; loop++)
        {
            await using var server = await ServerProcess.StartReadyAsync("--data", directory);
            using var client = ClientOf(server);
            if (loop == 0)
            {
                await CreateAsync(client);
            }

            await VerifyAsync(client);
            var before = acknowledged.Count;
            var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(client, loop, writer)).ToArray();

            // Kill in the middle of the work: after a number of acknowledgements, not after a time.
            var enough = before + random.Next(50, 400);
            while (acknowledged.Count < enough && !writers.All(writer => writer.IsCompleted))
            {
                await Task.Yield();
            }

            server.Kill();
            await Task.WhenAll(writers);
            Assert.True(acknowledged.Count > before);
        }

        await using var last = await ServerProcess.StartReadyAsync("--data", directory);
        using var reader = ClientOf(last);
        await VerifyAsync(reader);
    }

    private static AmazonDynamoDBClient ClientOf(ServerProcess server) => new(
        new BasicAWSCredentials("any", "any"),
        new AmazonDynamoDBConfig { ServiceURL = server.Url, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });

    private static async Task CreateAsync(AmazonDynamoDBClient client)
    {
        await client.CreateTableAsync(new CreateTableRequest
        {
            TableName = "Counters",
            BillingMode = BillingMode.PAY_PER_REQUEST,
            AttributeDefinitions = [new("P", ScalarAttributeType.S)],
            KeySchema = [new("P", KeyType.HASH)],
        });
        for (var i = 0; i < Accounts; i++)
        {
            await client.PutItemAsync("Counters", ItemOf(AccountName(i), StartBalance));
        }
    }

    /// <summary>Writes until the server is gone; what was answered goes into <see cref="acknowledged"/>.</summary>
    private async Task WriteAsync(AmazonDynamoDBClient client, int loop, int writer)
    {
        var random = new Random((loop * Writers) + writer);
        try
        {
            for (var i = 0; ; i++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{loop}-{writer}-{i}");
                await client.PutItemAsync(new PutItemRequest
                {
                    TableName = "Counters",
                    Item = ItemOf(name, i),
                    ConditionExpression = "attribute_not_exists(P)",
                });
                acknowledged[name] = i;

                var counter = "counter-" + writer.ToString(CultureInfo.InvariantCulture);
                var counted = await client.UpdateItemAsync(new UpdateItemRequest
                {
                    TableName = "Counters",
                    Key = new() { ["P"] = new AttributeValue { S = counter } },
                    UpdateExpression = "ADD N :one",
                    ExpressionAttributeValues = new() { [":one"] = NumberOf(1) },
                    ReturnValues = ReturnValue.UPDATED_NEW,
                });
                acknowledged[counter] = long.Parse(counted.Attributes["N"].N, CultureInfo.InvariantCulture);
                await TransferAsync(client, random);
            }
        }
        catch (Exception gone) when (gone is AmazonClientException or HttpRequestException or IOException or SocketException)
        {
            // The server was killed; this write is in doubt.
        }
    }

    private static async Task TransferAsync(AmazonDynamoDBClient client, Random random)
    {
        var from = random.Next(Accounts);
        var to = (from + 1 + random.Next(Accounts - 1)) % Accounts;
        var values = new Dictionary<string, AttributeValue> { [":n"] = NumberOf(random.Next(1, 50)) };
        try
        {
            await client.TransactWriteItemsAsync(new TransactWriteItemsRequest
            {
                TransactItems =
                [
                    new() { Update = UpdateOf(from, "SET N = N - :n", "N >= :n", values) },
                    new() { Update = UpdateOf(to, "SET N = N + :n", null, values) },
                ],
            });
        }
        catch (TransactionCanceledException)
        {
            // Too little money: a refusal like any other.
        }
    }

    private static Update UpdateOf(int account, string update, string? condition, Dictionary<string, AttributeValue> values) => new()
    {
        TableName = "Counters",
        Key = new() { ["P"] = new AttributeValue { S = AccountName(account) } },
        UpdateExpression = update,
        ConditionExpression = condition,
        ExpressionAttributeValues = values,
    };

    private async Task VerifyAsync(AmazonDynamoDBClient client)
    {
        var found = new Dictionary<string, long>();
        var request = new ScanRequest { TableName = "Counters" };
        do
        {
            var page = await client.ScanAsync(request);
            foreach (var item in page.Items)
            {
                found[item["P"].S] = long.Parse(item["N"].N, CultureInfo.InvariantCulture);
            }

            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });

        foreach (var (name, value) in acknowledged)
        {
            Assert.True(found.TryGetValue(name, out var number), $"{name} was acknowledged and is gone");
            Assert.True(name.StartsWith("counter", StringComparison.Ordinal) ? number >= value : number == value, name);
        }

        Assert.Equal(Accounts * StartBalance, Enumerable.Range(0, Accounts).Sum(i => found[AccountName(i)]));
    }

    private static string AccountName(int account) => "account-" + account.ToString(CultureInfo.InvariantCulture);

    private static AttributeValue NumberOf(long number) => new() { N = number.ToString(CultureInfo.InvariantCulture) };

    private static Dictionary<string, AttributeValue> ItemOf(string name, long number) =>
        new() { ["P"] = new AttributeValue { S = name }, ["N"] = NumberOf(number) };
}
