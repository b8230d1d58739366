using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace Storage.Tests.Doors;

/// <summary>An unmodified AmazonDynamoDBClient, over a socket or in process: whatever <paramref name="open"/> gives.</summary>
internal sealed class SdkDoor(Func<Task<(AmazonDynamoDBClient Client, IAsyncDisposable Behind)>> open) : IDoor
{
    private const string Table = "Cities";

    private AmazonDynamoDBClient client = null!;
    private IAsyncDisposable behind = null!;

    internal static async Task<IDoor> OpenAsync(Func<Task<(AmazonDynamoDBClient Client, IAsyncDisposable Behind)>> open)
    {
        var door = new SdkDoor(open);
        (door.client, door.behind) = await open();
        return door;
    }

    public async Task ReopenAsync()
    {
        await DisposeAsync();
        (client, behind) = await open();
    }

    public async Task CreateCitiesAsync()
    {
        var created = await client.CreateTableAsync(new CreateTableRequest
        {
            TableName = Table,
            BillingMode = BillingMode.PAY_PER_REQUEST,
            AttributeDefinitions =
            [
                new("country", ScalarAttributeType.S),
                new("cityId", ScalarAttributeType.N),
                new("population", ScalarAttributeType.N),
            ],
            KeySchema = [new("country", KeyType.HASH), new("cityId", KeyType.RANGE)],
            GlobalSecondaryIndexes =
            [
                new GlobalSecondaryIndex
                {
                    IndexName = "ByPopulation",
                    KeySchema = [new("country", KeyType.HASH), new("population", KeyType.RANGE)],
                    Projection = new Projection { ProjectionType = ProjectionType.ALL },
                },
            ],
        });
        Xunit.Assert.Equal(TableStatus.CREATING, created.TableDescription.TableStatus);
        var described = await client.DescribeTableAsync(Table);
        Xunit.Assert.Equal(TableStatus.ACTIVE, described.Table.TableStatus);
    }

    public async Task WriteAllAsync(IReadOnlyList<City> cities)
    {
        foreach (var batch in cities.Chunk(25))
        {
            var requests = batch.Select(city => new WriteRequest(new PutRequest(ItemOf(city)))).ToList();
            var answer = await client.BatchWriteItemAsync(new Dictionary<string, List<WriteRequest>> { [Table] = requests });
            Xunit.Assert.Empty(answer.UnprocessedItems ?? []);
        }
    }

    public async Task<IReadOnlyList<City>> LargestAsync(string country, int count)
    {
        var answer = await client.QueryAsync(new QueryRequest
        {
            TableName = Table,
            IndexName = "ByPopulation",
            KeyConditionExpression = "country = :c",
            ExpressionAttributeValues = new() { [":c"] = new AttributeValue { S = country } },
            ScanIndexForward = false,
            Limit = count,
        });
        return [.. answer.Items.Select(CityOf)];
    }

    public async Task<City?> GetAsync(string country, long cityId)
    {
        var answer = await client.GetItemAsync(Table, KeyOf(country, cityId));
        return answer.IsItemSet ? CityOf(answer.Item) : null;
    }

    public async Task<City?> PutNewAsync(City city)
    {
        try
        {
            await client.PutItemAsync(new PutItemRequest
            {
                TableName = Table,
                Item = ItemOf(city),
                ConditionExpression = "attribute_not_exists(country)",
                ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
            });
            return null;
        }
        catch (ConditionalCheckFailedException refused)
        {
            return CityOf(refused.Item);
        }
    }

    public async Task<bool> MoveAsync(City from, City to, long inhabitants)
    {
        var values = new Dictionary<string, AttributeValue> { [":n"] = NumberOf(inhabitants) };
        try
        {
            await client.TransactWriteItemsAsync(new TransactWriteItemsRequest
            {
                TransactItems =
                [
                    new TransactWriteItem
                    {
                        Update = new Update
                        {
                            TableName = Table,
                            Key = KeyOf(from.Country, from.CityId),
                            UpdateExpression = "SET population = population - :n",
                            ConditionExpression = "population >= :n",
                            ExpressionAttributeValues = values,
                        },
                    },
                    new TransactWriteItem
                    {
                        Update = new Update
                        {
                            TableName = Table,
                            Key = KeyOf(to.Country, to.CityId),
                            UpdateExpression = "SET population = population + :n",
                            ExpressionAttributeValues = values,
                        },
                    },
                ],
            });
            return true;
        }
        catch (TransactionCanceledException cancelled)
        {
            Xunit.Assert.Equal(["ConditionalCheckFailed", "None"], cancelled.CancellationReasons.Select(reason => reason.Code));
            return false;
        }
    }

    public async Task<IReadOnlyList<IReadOnlyList<long>>> ScanSegmentsAsync(int segments) =>
        await Task.WhenAll(Enumerable.Range(0, segments).Select(async segment =>
        {
            var ids = new List<long>();
            var request = new ScanRequest
            {
                TableName = Table,
                Segment = segment,
                TotalSegments = segments,
                ProjectionExpression = "cityId",
                Limit = 100, // several pages in each segment
            };
            do
            {
                var page = await client.ScanAsync(request);
                ids.AddRange(page.Items.Select(item => long.Parse(item["cityId"].N, CultureInfo.InvariantCulture)));
                request.ExclusiveStartKey = page.LastEvaluatedKey;
            }
            while (request.ExclusiveStartKey is { Count: > 0 });
            return (IReadOnlyList<long>)ids;
        }));

    public async Task<long> VisitAsync(City city)
    {
        var answer = await client.UpdateItemAsync(new UpdateItemRequest
        {
            TableName = Table,
            Key = KeyOf(city.Country, city.CityId),
            UpdateExpression = "ADD visits :one",
            ExpressionAttributeValues = new() { [":one"] = NumberOf(1) },
            ReturnValues = ReturnValue.UPDATED_NEW,
        });
        return long.Parse(answer.Attributes["visits"].N, CultureInfo.InvariantCulture);
    }

    public async Task DeleteAsync(City city) => await client.DeleteItemAsync(Table, KeyOf(city.Country, city.CityId));

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await behind.DisposeAsync();
    }

    private static AttributeValue NumberOf(long number) => new() { N = number.ToString(CultureInfo.InvariantCulture) };

    private static Dictionary<string, AttributeValue> KeyOf(string country, long cityId) =>
        new() { ["country"] = new AttributeValue { S = country }, ["cityId"] = NumberOf(cityId) };

    private static Dictionary<string, AttributeValue> ItemOf(City city)
    {
        var item = KeyOf(city.Country, city.CityId);
        item["name"] = new AttributeValue { S = city.Name };
        item["population"] = NumberOf(city.Population);
        return item;
    }

    private static City CityOf(Dictionary<string, AttributeValue> item) => new(
        item["country"].S,
        long.Parse(item["cityId"].N, CultureInfo.InvariantCulture),
        item["name"].S,
        long.Parse(item["population"].N, CultureInfo.InvariantCulture));
}
