using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.DocumentModel;
using Amazon.DynamoDBv2.Model;
using Storage.Engine;
using Storage.Engine.AwsSdk;
using Xunit;

namespace Storage.Tests.Sdk;

/// <summary>
/// "an unmodified AmazonDynamoDBClient ... so DynamoDBContext and the Document model work without a socket". Issue 2,
/// Embedding. The Document model sends legacy parameters unless it is given expressions.
/// </summary>
public class DocumentModelTests : SdkTest
{
    private ITable table = null!;

    internal override async Task SeedAsync()
    {
#pragma warning disable CS0618 // Obsolete since 4.x, and what programs call.
        table = Table.LoadTable(Client, "Songs");
#pragma warning restore CS0618
        foreach (var (title, seconds) in new[] { ("A", 100), ("B", 200), ("C", 300) })
        {
            await table.PutItemAsync(new Document
            {
                ["Artist"] = "Nina",
                ["Title"] = title,
                ["Year"] = 1965,
                ["Seconds"] = seconds,
                ["Tags"] = new List<string> { title, "all" },
            });
        }
    }

    [Fact]
    public void LoadTable_learns_the_keys_and_indexes()
    {
        Assert.Equal(["Artist"], table.HashKeys);
        Assert.Equal(["Title"], table.RangeKeys);
        Assert.Equal(["byYear"], table.GlobalSecondaryIndexes.Keys);
        Assert.Equal(["bySeconds"], table.LocalSecondaryIndexes.Keys);
    }

    /// <summary>The SDK keeps table descriptions in a static cache, by credentials and service URL.</summary>
    [Fact]
    public async Task LoadTable_of_another_store_learns_that_stores_keys()
    {
        await using var other = await Engine.Store.OpenAsync(new StoreOptions());
        using var client = other.CreateDynamoDBClient();
        await client.CreateTableAsync(new CreateTableRequest
        {
            TableName = "Songs",
            BillingMode = BillingMode.PAY_PER_REQUEST,
            AttributeDefinitions = [new AttributeDefinition("Id", ScalarAttributeType.N)],
            KeySchema = [new KeySchemaElement("Id", KeyType.HASH)],
        });
#pragma warning disable CS0618
        Assert.Equal(["Id"], Table.LoadTable(client, "Songs").HashKeys);
#pragma warning restore CS0618
    }

    [Fact]
    public async Task GetItem_shows_the_whole_document_or_AttributesToGet()
    {
        Assert.Equal(5, (await table.GetItemAsync("Nina", "A")).Count);
        var some = await table.GetItemAsync(
            "Nina", "A", new GetItemOperationConfig { AttributesToGet = ["Seconds", "Nothing"], ConsistentRead = true });
        Assert.Equal(["Seconds"], some.Keys);
        Assert.Null(await table.GetItemAsync("Nina", "Nothing"));
    }

    [Fact]
    public async Task PutItem_with_an_expected_value_replaces_only_that()
    {
        var document = new Document { ["Artist"] = "Nina", ["Title"] = "A", ["Seconds"] = 101 };
        var expected = new ExpectedState { ExpectedValues = { ["Seconds"] = new ExpectedValue(ScanOperator.Equal, 999) } };
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(
            () => table.PutItemAsync(document, new PutItemOperationConfig { ExpectedState = expected }));
        expected.ExpectedValues["Seconds"] = new ExpectedValue(ScanOperator.Between, 50, 150);
        var old = await table.PutItemAsync(document, new PutItemOperationConfig
        {
            ExpectedState = expected,
            ReturnValues = Amazon.DynamoDBv2.DocumentModel.ReturnValues.AllOldAttributes,
        });
        Assert.Equal(100, old["Seconds"].AsInt());
    }

    [Fact]
    public async Task PutItem_with_an_expected_document_compares_its_attributes()
    {
        var document = new Document { ["Artist"] = "Nina", ["Title"] = "A", ["Seconds"] = 101 };
        var config = new PutItemOperationConfig { Expected = new Document { ["Seconds"] = 100, ["Label"] = null } };
        await table.PutItemAsync(document, config);
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => table.PutItemAsync(document, config));
    }

    [Fact]
    public async Task UpdateItem_sends_what_changed()
    {
        var document = await table.GetItemAsync("Nina", "A");
        document["Seconds"] = 150;
        document["Tags"] = null;
        document["Label"] = "Philips";
        var shown = await table.UpdateItemAsync(
            document, new UpdateItemOperationConfig { ReturnValues = Amazon.DynamoDBv2.DocumentModel.ReturnValues.UpdatedNewAttributes });
        Assert.Equal((150, "Philips"), (shown["Seconds"].AsInt(), shown["Label"].AsString()));

        var now = await table.GetItemAsync("Nina", "A");
        Assert.Equal((150, 1965, false), (now["Seconds"].AsInt(), now["Year"].AsInt(), now.ContainsKey("Tags")));
    }

    [Fact]
    public async Task UpdateItem_makes_an_absent_item()
    {
        await table.UpdateItemAsync(new Document { ["Seconds"] = 7 }, "Nina", "New");
        Assert.Equal(7, (await table.GetItemAsync("Nina", "New"))["Seconds"].AsInt());
    }

    [Fact]
    public async Task UpdateItem_joins_expected_values_by_or()
    {
        var expected = new ExpectedState
        {
            ConditionalOperator = ConditionalOperatorValues.Or,
            ExpectedValues =
            {
                ["Seconds"] = new ExpectedValue(ScanOperator.Equal, 999),
                ["Label"] = new ExpectedValue(exists: false),
            },
        };
        await table.UpdateItemAsync(
            new Document { ["Seconds"] = 7 }, "Nina", "A", new UpdateItemOperationConfig { ExpectedState = expected });
        Assert.Equal(7, (await table.GetItemAsync("Nina", "A"))["Seconds"].AsInt());
    }

    [Fact]
    public async Task UpdateItem_takes_an_expression_as_a_condition()
    {
        var config = new UpdateItemOperationConfig
        {
            ConditionalExpression = new Expression
            {
                ExpressionStatement = "Seconds = :s",
                ExpressionAttributeValues = { [":s"] = 999 },
            },
        };
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(
            () => table.UpdateItemAsync(new Document { ["Seconds"] = 7 }, "Nina", "A", config));
        config.ConditionalExpression.ExpressionAttributeValues[":s"] = 100;
        await table.UpdateItemAsync(new Document { ["Seconds"] = 7 }, "Nina", "A", config);
        Assert.Equal(7, (await table.GetItemAsync("Nina", "A"))["Seconds"].AsInt());
    }

    [Fact]
    public async Task DeleteItem_with_an_expected_value_deletes_only_that()
    {
        var config = new DeleteItemOperationConfig { Expected = new Document { ["Seconds"] = 999 } };
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => table.DeleteItemAsync("Nina", "A", config));
        config.Expected["Seconds"] = 100;
        config.ReturnValues = Amazon.DynamoDBv2.DocumentModel.ReturnValues.AllOldAttributes;
        Assert.Equal(100, (await table.DeleteItemAsync("Nina", "A", config))["Seconds"].AsInt());
        Assert.Null(await table.GetItemAsync("Nina", "A"));
    }

    [Fact]
    public async Task Query_takes_conditions_on_keys_and_others_in_one_filter()
    {
        var filter = new QueryFilter("Artist", QueryOperator.Equal, "Nina");
        filter.AddCondition("Title", QueryOperator.GreaterThan, "A");
        filter.AddCondition("Seconds", ScanOperator.LessThan, 300);
        var search = table.Query(filter);
        Assert.Equal("B", Titles(await search.GetRemainingAsync()));
    }

    [Fact]
    public async Task Query_of_an_index_shows_AttributesToGet_page_by_page()
    {
        var search = table.Query(new QueryOperationConfig
        {
            IndexName = "byYear",
            Filter = new QueryFilter("Year", QueryOperator.Equal, 1965),
            AttributesToGet = ["Title"],
            Select = SelectValues.SpecificAttributes,
            BackwardSearch = true,
            Limit = 1,
        });
        var first = await search.GetNextSetAsync();
        Assert.Equal(["Title"], Assert.Single(first).Keys);
        Assert.Equal("C", Titles(first));
        Assert.Equal("B,A", Titles(await search.GetRemainingAsync()));
    }

    [Fact]
    public async Task Query_of_a_local_index_fetches_what_it_does_not_hold()
    {
        var search = table.Query(new QueryOperationConfig
        {
            IndexName = "bySeconds",
            Filter = new QueryFilter("Artist", QueryOperator.Equal, "Nina"),
            AttributesToGet = ["Title", "Tags"],
            Select = SelectValues.SpecificAttributes,
        });
        var found = await search.GetRemainingAsync();
        Assert.Equal("A,B,C", Titles(found));
        Assert.Equal(["A", "all"], found[0]["Tags"].AsListOfString().Order());
    }

    [Fact]
    public void Query_counts()
    {
        var search = table.Query(new QueryOperationConfig
        {
            Filter = new QueryFilter("Artist", QueryOperator.Equal, "Nina"),
            Select = SelectValues.Count,
        });
        Assert.Equal(3, search.Count);
    }

    [Fact]
    public async Task Query_takes_expressions()
    {
        var search = table.Query(new QueryOperationConfig
        {
            KeyExpression = new Expression
            {
                ExpressionStatement = "Artist = :a",
                ExpressionAttributeValues = { [":a"] = "Nina" },
            },
            FilterExpression = new Expression
            {
                ExpressionStatement = "Seconds > :s",
                ExpressionAttributeValues = { [":s"] = 100 },
            },
        });
        Assert.Equal("B,C", Titles(await search.GetRemainingAsync()));
    }

    [Fact]
    public async Task Query_takes_key_conditions_beside_a_filter_expression()
    {
        var search = table.Query(new QueryOperationConfig
        {
            Filter = new QueryFilter("Artist", QueryOperator.Equal, "Nina"),
            FilterExpression = new Expression
            {
                ExpressionStatement = "Seconds > :s",
                ExpressionAttributeValues = { [":s"] = 100 },
            },
        });
        Assert.Equal("B,C", Titles(await search.GetRemainingAsync()));
    }

    [Fact]
    public async Task Scan_joins_conditions_by_or()
    {
        var filter = new ScanFilter();
        filter.AddCondition("Seconds", ScanOperator.In, 100, 999);
        filter.AddCondition("Tags", ScanOperator.Contains, "C");
        var search = table.Scan(new ScanOperationConfig
        {
            Filter = filter,
            ConditionalOperator = ConditionalOperatorValues.Or,
            AttributesToGet = ["Title"],
            Select = SelectValues.SpecificAttributes,
        });
        Assert.Equal("A,C", Titles((await search.GetRemainingAsync()).OrderBy(document => document["Title"].AsString())));
    }

    [Fact]
    public async Task Scan_in_segments_sees_every_document_once()
    {
        var found = new List<Document>();
        for (var segment = 0; segment < 4; segment++)
        {
            found.AddRange(await table.Scan(new ScanOperationConfig { Segment = segment, TotalSegments = 4 }).GetRemainingAsync());
        }

        Assert.Equal("A,B,C", Titles(found.OrderBy(document => document["Title"].AsString())));
    }

    [Fact]
    public async Task A_batch_writes_and_gets_AttributesToGet()
    {
        var write = table.CreateBatchWrite();
        write.AddDocumentToPut(new Document { ["Artist"] = "Nina", ["Title"] = "D" });
        write.AddKeyToDelete("Nina", "A");
        await write.ExecuteAsync();

        var get = table.CreateBatchGet();
        get.AttributesToGet = ["Title"];
        get.AddKey("Nina", "A");
        get.AddKey("Nina", "B");
        get.AddKey("Nina", "D");
        await get.ExecuteAsync();
        Assert.Equal("B,D", Titles(get.Results.OrderBy(document => document["Title"].AsString())));
        Assert.All(get.Results, document => Assert.Equal(["Title"], document.Keys));
    }

    [Fact]
    public async Task A_transaction_writes_all_or_nothing()
    {
        var write = table.CreateTransactWrite();
        write.AddDocumentToPut(new Document { ["Artist"] = "Nina", ["Title"] = "D" });
        write.AddDocumentToUpdate(new Document { ["Artist"] = "Nina", ["Title"] = "A", ["Seconds"] = 7 });
        write.AddKeyToDelete("Nina", "B");
        await write.ExecuteAsync();

        var refused = table.CreateTransactWrite();
        refused.AddKeyToDelete("Nina", "A");
        refused.AddDocumentToPut(
            new Document { ["Artist"] = "Nina", ["Title"] = "C" },
            new TransactWriteItemOperationConfig
            {
                ConditionalExpression = new Expression { ExpressionStatement = "attribute_not_exists(Title)" },
            });
        await Assert.ThrowsAsync<TransactionCanceledException>(() => refused.ExecuteAsync());

        var get = table.CreateTransactGet();
        get.AddKey("Nina", "A");
        get.AddKey("Nina", "B");
        get.AddKey("Nina", "D");
        await get.ExecuteAsync();
        Assert.Equal("A,D", Titles(get.Results));
        Assert.Equal(7, get.Results[0]["Seconds"].AsInt());
    }

    private static string Titles(IEnumerable<Document> documents) =>
        string.Join(',', documents.Select(document => document["Title"].AsString()));
}
