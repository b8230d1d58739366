using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Storage.Engine;
using Storage.Engine.AwsSdk;
using Xunit;

namespace Storage.Tests.Sdk;

/// <summary>
/// A store in memory with the SDK's client on it, and the table Songs: Artist and Title, a global index byYear (Year,
/// Title) that holds all, a local index bySeconds (Artist, Seconds) that holds the keys.
/// </summary>
public abstract class SdkTest : IAsyncLifetime
{
    private Engine.Store store = null!;

    internal AmazonDynamoDBClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        store = await Engine.Store.OpenAsync(new StoreOptions { Seed = 1 });
        Client = store.CreateDynamoDBClient();
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
        await store.DisposeAsync();
    }

    internal virtual Task SeedAsync() => Task.CompletedTask;
}
