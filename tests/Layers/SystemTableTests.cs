using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Layers.Tests;

/// <summary>Tables beside those of the users: reached by the store's own methods, by no request.</summary>
public sealed class SystemTableTests : IAsyncLifetime
{
    private const string Name = "$lambda";
    private static readonly TableDefinition Definition = new()
    {
        Name = Name,
        Key = new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("sk", AttributeType.S)),
        Stream = StreamViewType.NewImage,
    };

    private Store store = null!;

    public async Task InitializeAsync()
    {
        store = await Store.OpenAsync(new StoreOptions { Seed = 3, Time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero)) });
        await store.EnsureSystemTableAsync(Definition);
        await store.PutAsync(Name, Item.Of(("pk", "a"), ("sk", "b"), ("secret", "hidden")));
    }

    public async Task DisposeAsync() => await store.DisposeAsync();

    /// <summary>Every operation that the protocol has, each with the table named where it names one.</summary>
    public static TheoryData<string, string> Requests => new()
    {
        { "CreateTable", """{"TableName":"@","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}""" },
        { "DeleteTable", """{"TableName":"@"}""" },
        { "DescribeTable", """{"TableName":"@"}""" },
        { "UpdateTable", """{"TableName":"@","DeletionProtectionEnabled":true}""" },
        { "UpdateTimeToLive", """{"TableName":"@","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}""" },
        { "DescribeTimeToLive", """{"TableName":"@"}""" },
        { "ListTables", """{"ExclusiveStartTableName":"@"}""" },
        { "Query", """{"TableName":"@","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}}}""" },
        { "Query", """{"TableName":"@","IndexName":"$index","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}}}""" },
        { "Scan", """{"TableName":"@"}""" },
        { "GetItem", """{"TableName":"@","Key":{"pk":{"S":"a"},"sk":{"S":"b"}}}""" },
        { "PutItem", """{"TableName":"@","Item":{"pk":{"S":"a"},"sk":{"S":"b"}}}""" },
        { "UpdateItem", """{"TableName":"@","Key":{"pk":{"S":"a"},"sk":{"S":"b"}},"UpdateExpression":"SET secret = pk"}""" },
        { "DeleteItem", """{"TableName":"@","Key":{"pk":{"S":"a"},"sk":{"S":"b"}}}""" },
        { "BatchGetItem", """{"RequestItems":{"@":{"Keys":[{"pk":{"S":"a"},"sk":{"S":"b"}}]}}}""" },
        { "BatchWriteItem", """{"RequestItems":{"@":[{"DeleteRequest":{"Key":{"pk":{"S":"a"},"sk":{"S":"b"}}}}]}}""" },
        { "TransactWriteItems", """{"TransactItems":[{"Put":{"TableName":"@","Item":{"pk":{"S":"a"},"sk":{"S":"b"}}}}]}""" },
        { "TransactWriteItems", """{"TransactItems":[{"Update":{"TableName":"@","Key":{"pk":{"S":"a"},"sk":{"S":"b"}},"UpdateExpression":"SET secret = pk"}}]}""" },
        { "TransactWriteItems", """{"TransactItems":[{"Delete":{"TableName":"@","Key":{"pk":{"S":"a"},"sk":{"S":"b"}}}}]}""" },
        { "TransactWriteItems", """{"TransactItems":[{"ConditionCheck":{"TableName":"@","Key":{"pk":{"S":"a"},"sk":{"S":"b"}},"ConditionExpression":"attribute_exists(pk)"}}]}""" },
        { "TransactGetItems", """{"TransactItems":[{"Get":{"TableName":"@","Key":{"pk":{"S":"a"},"sk":{"S":"b"}}}}]}""" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task No_operation_reaches_a_system_table(string operation, string request)
    {
        foreach (var name in new[] { Name, "arn:aws:dynamodb:us-east-1:123456789012:table/" + Name, "\\u0024lambda" })
        {
            var (status, answer) = await SendAsync("DynamoDB_20120810." + operation, request.Replace("@", name, StringComparison.Ordinal));

            Assert.Equal(400, status);
            Assert.DoesNotContain("hidden", answer, StringComparison.Ordinal);
            Assert.EndsWith(
                OperationIsBuilt(operation) ? "#ValidationException" : "#UnknownOperationException",
                (string?)JsonNode.Parse(answer)!["__type"],
                StringComparison.Ordinal);
        }

        var kept = await store.GetAsync(Name, Item.Of(("pk", "a"), ("sk", "b")));
        Assert.Equal("hidden", kept!["secret"].AsString());

        // A request without anything tells whether the operation exists at all.
        bool OperationIsBuilt(string built) => !SendAsync("DynamoDB_20120810." + built, "{}")
            .GetAwaiter().GetResult().Answer.Contains("UnknownOperation", StringComparison.Ordinal);
    }

    /// <summary>The same requests for a user's table are answered: the ARN is right, only the table is none of a user's.</summary>
    [Theory]
    [InlineData("ListStreams", """{"TableName":"@"}""")]
    [InlineData("DescribeStream", """{"StreamArn":"arn:aws:dynamodb:us-east-1:123456789012:table/@/stream/2026-11-01T00:00:00.000"}""")]
    [InlineData("GetShardIterator", """{"StreamArn":"arn:aws:dynamodb:us-east-1:123456789012:table/@/stream/2026-11-01T00:00:00.000","ShardId":"%","ShardIteratorType":"TRIM_HORIZON"}""")]
    public async Task No_operation_reaches_a_system_tables_stream(string operation, string request)
    {
        await store.CreateTableAsync(Definition with { Name = "users" });
        var (_, described) = await SendAsync(
            "DynamoDBStreams_20120810.DescribeStream",
            """{"StreamArn":"arn:aws:dynamodb:us-east-1:123456789012:table/users/stream/2026-11-01T00:00:00.000"}""");
        var shard = (string)JsonNode.Parse(described)!["StreamDescription"]!["Shards"]![0]!["ShardId"]!;
        request = request.Replace("%", shard, StringComparison.Ordinal);

        var (user, _) = await SendAsync("DynamoDBStreams_20120810." + operation, request.Replace("@", "users", StringComparison.Ordinal));
        var (system, answer) = await SendAsync("DynamoDBStreams_20120810." + operation, request.Replace("@", Name, StringComparison.Ordinal));
        Assert.Equal((200, 400), (user, system));
        Assert.DoesNotContain("hidden", answer, StringComparison.Ordinal);

        var (_, all) = await SendAsync("DynamoDBStreams_20120810.ListStreams", "{}");
        Assert.Contains("users", all, StringComparison.Ordinal);
        Assert.DoesNotContain("$", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_leave_system_tables_out()
    {
        await store.CreateTableAsync(Definition with { Name = "users" });

        Assert.Equal(["users"], await store.ListTablesAsync());
        var (_, answer) = await SendAsync("DynamoDB_20120810.ListTables", "{}");
        Assert.Equal("""{"TableNames":["users"]}""", answer);
    }

    [Fact]
    public async Task A_table_that_exists_stays_as_it_is_and_concurrent_callers_make_one()
    {
        await store.EnsureSystemTableAsync(Definition with { Stream = null });
        Assert.Equal(StreamViewType.NewImage, (await store.FindTableAsync(Name))!.Stream);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(
            _ => Task.Run(async () => await store.EnsureSystemTableAsync(Definition with { Name = "$logs" }))));
        Assert.NotNull(await store.FindTableAsync("$logs"));
    }

    [Theory]
    [InlineData("lambda")]
    [InlineData("$a")]
    [InlineData("$la$mbda")]
    [InlineData("$$lambda")]
    [InlineData("$ids")]
    public async Task A_system_table_has_a_name_that_begins_with_one_dollar_sign_and_is_free(string name)
    {
        var refusal = await Assert.ThrowsAsync<DynamoDbException>(
            async () => await store.EnsureSystemTableAsync(Definition with { Name = name }));
        Assert.Equal("ValidationException", refusal.ErrorType);
    }

    [Fact]
    public async Task A_user_makes_no_system_table_and_no_index_of_such_a_name()
    {
        var table = await Assert.ThrowsAsync<DynamoDbException>(
            async () => await store.CreateTableAsync(Definition with { Name = "$mine" }));
        var index = await Assert.ThrowsAsync<DynamoDbException>(async () => await store.EnsureSystemTableAsync(Definition with
        {
            Name = "$mine",
            Indexes = [new IndexDefinition { Name = "$byG", Key = new KeySchema(new KeyAttribute("g", AttributeType.S)) }],
        }));
        Assert.Equal("ValidationException", table.ErrorType);
        Assert.Equal("ValidationException", index.ErrorType);
    }

    [Fact]
    public async Task A_system_table_is_there_again_when_the_store_opens_and_its_neighbours_too()
    {
        var directory = Directory.CreateTempSubdirectory("storage-system-");
        try
        {
            await using (var first = await Store.OpenAsync(directory.FullName))
            {
                await first.EnsureSystemTableAsync(Definition);
                await first.CreateTableAsync(Definition with { Name = "users" });
                await first.PutAsync(Name, Item.Of(("pk", "a"), ("sk", "b"), ("n", 1)));
            }

            await using var second = await Store.OpenAsync(directory.FullName);
            await second.EnsureSystemTableAsync(Definition);
            Assert.Equal(1, (await second.GetAsync(Name, Item.Of(("pk", "a"), ("sk", "b"))))!["n"].AsInt64());
            Assert.Equal(["users"], await second.ListTablesAsync());
        }
        finally
        {
            directory.Delete(true);
        }
    }

    private async Task<(int Status, string Answer)> SendAsync(string target, string request)
    {
        var response = new ArrayBufferWriter<byte>();
        var body = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(request));
        var status = await store.Api.HandleAsync(target, body, response, CancellationToken.None);
        return (status, Encoding.UTF8.GetString(response.WrittenSpan));
    }
}
