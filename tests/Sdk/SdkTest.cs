using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Storage.Engine;
using Storage.Engine.AwsSdk;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Tests.Sdk;

/// <summary>
/// A store in memory with the SDK's client on it, in process or over a socket, and the table Songs: Artist and Title, a global index byYear (Year,
/// Title) that holds all, a local index bySeconds (Artist, Seconds) that holds the keys.
/// </summary>
public abstract class SdkTest : IAsyncLifetime
{
    private IAsyncDisposable behind = null!;

    internal AmazonDynamoDBClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        (Client, behind) = await OpenAsync();
        await Client.CreateTableAsync(new CreateTableRequest
        {
            TableName = "Songs",
            BillingMode = BillingMode.PAY_PER_REQUEST,
            AttributeDefinitions =
            [
                new AttributeDefinition("Artist", ScalarAttributeType.S),
                new AttributeDefinition("Title", ScalarAttributeType.S),
                new AttributeDefinition("Year", ScalarAttributeType.N),
                new AttributeDefinition("Seconds", ScalarAttributeType.N),
            ],
            KeySchema = [new KeySchemaElement("Artist", KeyType.HASH), new KeySchemaElement("Title", KeyType.RANGE)],
            GlobalSecondaryIndexes =
            [
                new GlobalSecondaryIndex
                {
                    IndexName = "byYear",
                    KeySchema = [new KeySchemaElement("Year", KeyType.HASH), new KeySchemaElement("Title", KeyType.RANGE)],
                    Projection = new Projection { ProjectionType = ProjectionType.ALL },
                },
            ],
            LocalSecondaryIndexes =
            [
                new LocalSecondaryIndex
                {
                    IndexName = "bySeconds",
                    KeySchema = [new KeySchemaElement("Artist", KeyType.HASH), new KeySchemaElement("Seconds", KeyType.RANGE)],
                    Projection = new Projection { ProjectionType = ProjectionType.KEYS_ONLY },
                },
            ],
        });
        Assert.Equal(TableStatus.ACTIVE, (await Client.DescribeTableAsync("Songs")).Table.TableStatus);
        await SeedAsync();
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await behind.DisposeAsync();
    }

    internal virtual Task SeedAsync() => Task.CompletedTask;

    /// <summary>The client in process, unless overridden, and what is to be closed after it.</summary>
    internal virtual async Task<(AmazonDynamoDBClient Client, IAsyncDisposable Behind)> OpenAsync()
    {
        var store = await Engine.Store.OpenAsync(new StoreOptions { Seed = 1 });
        return (store.CreateDynamoDBClient(), store);
    }

    internal static async Task<(AmazonDynamoDBClient Client, IAsyncDisposable Behind)> OpenSocketAsync()
    {
        var server = await RunningServer.StartAsync();
        var config = new AmazonDynamoDBConfig { ServiceURL = server.Address.ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 };
        return (new AmazonDynamoDBClient(new BasicAWSCredentials("any", "any"), config), server);
    }
}
