using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.DataModel;
using Amazon.DynamoDBv2.DocumentModel;
using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.DependencyInjection;
using Storage.Engine;
using Storage.Engine.AwsSdk;
using Xunit;
using AttributeValue = Amazon.DynamoDBv2.Model.AttributeValue;

namespace Storage.Tests.Sdk;

/// <summary>
/// "an unmodified AmazonDynamoDBClient of AWSSDK.DynamoDBv2 4.x that talks to the store in process". Issue 2, Embedding.
/// </summary>
public sealed class StoreClientTests : IAsyncLifetime
{
    private Engine.Store store = null!;
    private AmazonDynamoDBClient client = null!;

    public async Task InitializeAsync()
    {
        store = await Engine.Store.OpenAsync(new StoreOptions { Seed = 1 });
        client = store.CreateDynamoDBClient();
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await store.DisposeAsync();
    }

    [Fact]
    public async Task An_operation_that_is_not_built_is_the_SDKs_own_exception()
    {
        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => client.DescribeEndpointsAsync(new DescribeEndpointsRequest()));
        Assert.Equal("UnknownOperationException", error.ErrorCode);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, error.StatusCode);
        Assert.Matches("^[0-9A-Z]{52}$", error.RequestId);
    }

    [Fact]
    public async Task Errors_arrive_as_the_SDKs_typed_exceptions()
    {
        var error = await Assert.ThrowsAsync<ResourceNotFoundException>(() => client.DescribeTableAsync("Nothing"));
        Assert.Equal("Requested resource not found: Table: Nothing not found", error.Message);
    }

    [Fact]
    public async Task Items_go_in_and_out()
    {
        await CreateMusicAsync();
        await client.PutItemAsync("Music", new Dictionary<string, AttributeValue>
        {
            ["Artist"] = new("Nina"),
            ["Seconds"] = new() { N = "622" },
        });
        var answer = await client.GetItemAsync("Music", new Dictionary<string, AttributeValue> { ["Artist"] = new("Nina") });
        Assert.Equal("622", answer.Item["Seconds"].N);
        Assert.Equal(["Music"], (await client.ListTablesAsync()).TableNames);
    }

    [Fact]
    public async Task Two_stores_of_one_process_do_not_share_a_client()
    {
        await using var other = await Engine.Store.OpenAsync(new StoreOptions());
        using var otherClient = other.CreateDynamoDBClient();
        await CreateMusicAsync();
        Assert.Empty((await otherClient.ListTablesAsync()).TableNames ?? []);
        Assert.Single((await client.ListTablesAsync()).TableNames);
    }

    [Fact]
    public async Task The_object_persistence_model_works()
    {
        await CreateMusicAsync();
        using var context = new DynamoDBContextBuilder().WithDynamoDBClient(() => client).Build();
        await context.SaveAsync(new Song { Artist = "Nina", Seconds = 622, Tags = ["live", "long"] });

        var song = await context.LoadAsync<Song>("Nina");
        Assert.Equal((622, "live,long"), (song.Seconds, string.Join(',', song.Tags.Order())));
        Assert.Single(await context.ScanAsync<Song>([]).GetRemainingAsync());
        Assert.Single(await context.ScanAsync<Song>([new ScanCondition("Seconds", ScanOperator.GreaterThan, 600)]).GetRemainingAsync());
        Assert.Empty(await context.ScanAsync<Song>([new ScanCondition("Seconds", ScanOperator.GreaterThan, 700)]).GetRemainingAsync());

        var batch = context.CreateBatchWrite<Song>();
        batch.AddPutItems([new Song { Artist = "Miles", Seconds = 561 }, new Song { Artist = "Bill", Seconds = 320 }]);
        batch.AddDeleteKey("Nina");
        await batch.ExecuteAsync();
        Assert.Equal(2, (await context.ScanAsync<Song>([]).GetRemainingAsync()).Count);
    }

    /// <summary>A version attribute is the object model's optimistic locking: a conditional write on the version read.</summary>
    [Fact]
    public async Task A_stale_object_is_refused_by_its_version()
    {
        await CreateMusicAsync();
        using var context = new DynamoDBContextBuilder().WithDynamoDBClient(() => client).Build();
        await context.SaveAsync(new Versioned { Artist = "Nina", Seconds = 1 });
        var first = await context.LoadAsync<Versioned>("Nina");
        var second = await context.LoadAsync<Versioned>("Nina");
        first.Seconds = 2;
        await context.SaveAsync(first);
        second.Seconds = 3;
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => context.SaveAsync(second));
        Assert.Equal(2, (await context.LoadAsync<Versioned>("Nina")).Seconds);
    }

    [Fact]
    public async Task The_document_model_works()
    {
        await CreateMusicAsync();
        var table = new TableBuilder(client, "Music").AddHashKey("Artist", DynamoDBEntryType.String).Build();
        await table.PutItemAsync(new Document { ["Artist"] = "Nina", ["Seconds"] = 622 });
        Assert.Equal(622, (await table.GetItemAsync("Nina"))["Seconds"].AsInt());

        await table.UpdateItemAsync(new Document { ["Artist"] = "Nina", ["Seconds"] = 623 });
        var filter = new QueryFilter("Artist", QueryOperator.Equal, "Nina");
        Assert.Equal(623, Assert.Single(await table.Query(filter).GetRemainingAsync())["Seconds"].AsInt());
    }

    [Fact]
    public async Task A_container_gives_both_and_closes_both()
    {
        Engine.Store resolved;
        await using (var services = new ServiceCollection().AddStorage(new StoreOptions { Seed = 3 }).BuildServiceProvider())
        {
            var resolvedClient = services.GetRequiredService<IAmazonDynamoDB>();
            resolved = services.GetRequiredService<Engine.Store>();
            Assert.Same(resolvedClient, services.GetRequiredService<IAmazonDynamoDB>());
            await resolvedClient.CreateTableAsync(MusicTable());
            Assert.Equal(["Music"], await resolved.ListTablesAsync());
        }

        await Assert.ThrowsAnyAsync<Exception>(async () => await resolved.CreateTableAsync(new Engine.Model.TableDefinition
        {
            Name = "Late",
            Key = new Engine.Model.KeySchema(new Engine.Model.KeyAttribute("a", Engine.Model.AttributeType.S), null),
        }));
    }

    private static CreateTableRequest MusicTable() => new()
    {
        TableName = "Music",
        BillingMode = BillingMode.PAY_PER_REQUEST,
        AttributeDefinitions = [new AttributeDefinition("Artist", ScalarAttributeType.S)],
        KeySchema = [new KeySchemaElement("Artist", KeyType.HASH)],
    };

    private async Task CreateMusicAsync()
    {
        await client.CreateTableAsync(MusicTable());
        Assert.Equal(TableStatus.ACTIVE, (await client.DescribeTableAsync("Music")).Table.TableStatus);
    }

    [DynamoDBTable("Music")]
    private sealed class Song
    {
        [DynamoDBHashKey]
        public string Artist { get; set; } = string.Empty;

        public int Seconds { get; set; }

        public List<string> Tags { get; set; } = [];
    }

    [DynamoDBTable("Music")]
    private sealed class Versioned
    {
        [DynamoDBHashKey]
        public string Artist { get; set; } = string.Empty;

        public int Seconds { get; set; }

        [DynamoDBVersion]
        public int? Version { get; set; }
    }
}
