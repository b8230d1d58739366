using System.Buffers;
using System.Text.Json;
using CsCheck;
using Storage.Engine;
using Storage.Engine.Api;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;
using Storage.Engine.Tables;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>What a stream's records say. Members: the service's model; sizes and events: recorded answers of AWS.</summary>
public sealed class StreamRecordTests
{
    [Theory]
    [InlineData("KEYS_ONLY", "", "", "")]
    [InlineData("NEW_IMAGE", "1/", "2/", "")]
    [InlineData("OLD_IMAGE", "", "/1", "/2")]
    [InlineData("NEW_AND_OLD_IMAGES", "1/", "2/1", "/2")]
    public async Task A_view_shows_its_images_and_the_keys_always(string view, string inserted, string modified, string removed)
    {
        await using var store = await StreamsStore.OpenAsync();
        var arn = await store.CreateAsync("Tab", view);
        await store.PutAsync("Tab", "a", "b", "1");
        await store.PutAsync("Tab", "a", "b", "2");
        await store.DeleteAsync("Tab", "a", "b");
        var records = await store.ReadAllAsync(arn);
        Assert.Equal(["INSERT", "MODIFY", "REMOVE"], records.Select(record => record.GetProperty("eventName").GetString()));
        Assert.Equal([inserted, modified, removed], records.Select(record => Images(record.GetProperty("dynamodb"))));
        Assert.All(records, record =>
        {
            Assert.Equal("""{"p":{"S":"a"},"s":{"S":"b"}}""", record.GetProperty("dynamodb").GetProperty("Keys").GetRawText());
            Assert.Equal(view, record.GetProperty("dynamodb").GetProperty("StreamViewType").GetString());
        });
    }

    [Fact]
    public async Task A_record_has_the_members_of_the_model_and_the_values_of_recorded_ones()
    {
        await using var store = await StreamsStore.OpenAsync();
        var arn = await store.CreateAsync("Tab");
        store.Time.Advance(TimeSpan.FromMilliseconds(1999));
        await store.PutAsync("Tab", "a", "b", "1");
        var record = Assert.Single(await store.ReadAllAsync(arn));
        Assert.Equal(
            ["eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb"],
            record.EnumerateObject().Select(member => member.Name));
        Assert.Matches("^[0-9a-f]{32}$", record.GetProperty("eventID").GetString());
        Assert.Equal("1.1", record.GetProperty("eventVersion").GetString());
        Assert.Equal("aws:dynamodb", record.GetProperty("eventSource").GetString());
        Assert.Equal("us-east-1", record.GetProperty("awsRegion").GetString());
        var change = record.GetProperty("dynamodb");

        // "Rounded down to the closest second."
        Assert.Equal(store.Time.GetUtcNow().ToUnixTimeSeconds(), change.GetProperty("ApproximateCreationDateTime").GetInt64());
        Assert.InRange(change.GetProperty("SequenceNumber").GetString()!.Length, 21, 40);
    }

    /// <summary>SizeBytes is of Keys, NewImage and OldImage as sent, names and values: recorded records of AWS.</summary>
    [Theory]
    [InlineData("my_partition_key", "{'my_partition_key':{'S':'hello world'}}", 54)]
    [InlineData("my_partition_key", "{'my_partition_key':{'S':'hello world'},'binary_key':{'B':'Zm9vYmFy'}}", 70)]
    [InlineData("id", "{'id':{'S':'id_value'},'id2':{'S':'id2_value'}}", 32)]
    public async Task SizeBytes_counts_what_is_sent(string key, string item, int size)
    {
        await using var store = await StreamsStore.OpenAsync();
        var created = await store.AskAsync(
            "CreateTable",
            "{'TableName':'Tab','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[{'AttributeName':'" + key
            + "','AttributeType':'S'}],'KeySchema':[{'AttributeName':'" + key + "','KeyType':'HASH'}],"
            + "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_AND_OLD_IMAGES'}}");
        await store.AskAsync("PutItem", "{'TableName':'Tab','Item':" + item + "}");
        var arn = created.GetProperty("TableDescription").GetProperty("LatestStreamArn").GetString()!;
        var record = Assert.Single(await store.ReadAllAsync(arn));
        Assert.Equal(size, record.GetProperty("dynamodb").GetProperty("SizeBytes").GetInt32());
    }

    /// <summary>"If you perform a PutItem or UpdateItem that does not change any data, no stream record is written."</summary>
    [Fact]
    public async Task A_write_that_changes_nothing_makes_no_record()
    {
        await using var store = await StreamsStore.OpenAsync();
        var arn = await store.CreateAsync("Tab");
        await store.PutAsync("Tab", "a", "b", "1");
        await store.PutAsync("Tab", "a", "b", "1");
        await store.DeleteAsync("Tab", "a", "missing");
        await store.AskAsync(
            "UpdateItem",
            "{'TableName':'Tab','Key':{'p':{'S':'a'},'s':{'S':'b'}},'UpdateExpression':'SET t = :t','ExpressionAttributeValues':{':t':{'S':'1'}}}");
        await store.RefusedAsync(
            "ConditionalCheckFailedException",
            "DeleteItem",
            "{'TableName':'Tab','Key':{'p':{'S':'a'},'s':{'S':'b'}},'ConditionExpression':'attribute_not_exists(p)'}");
        Assert.Single(await store.ReadAllAsync(arn));
    }

    [Fact]
    public async Task Each_write_of_a_transaction_has_a_record_of_its_own_and_a_check_has_none()
    {
        await using var store = await StreamsStore.OpenAsync(partitions: 1);
        var arn = await store.CreateAsync("Tab");
        await store.PutAsync("Tab", "old", "1", "x");
        await store.AskAsync(
            "TransactWriteItems",
            "{'TransactItems':["
            + "{'Put':{'TableName':'Tab','Item':{'p':{'S':'a'},'s':{'S':'1'}}}},"
            + "{'Delete':{'TableName':'Tab','Key':{'p':{'S':'old'},'s':{'S':'1'}}}},"
            + "{'ConditionCheck':{'TableName':'Tab','Key':{'p':{'S':'c'},'s':{'S':'1'}},'ConditionExpression':'attribute_not_exists(p)'}}]}");
        var records = await store.ReadAllAsync(arn);
        Assert.Equal(["INSERT", "INSERT", "REMOVE"], records.Select(record => record.GetProperty("eventName").GetString()));
        var numbers = records.Select(Number).ToList();
        Assert.Equal(numbers.Order(StringComparer.Ordinal).Distinct(), numbers);
    }

    /// <summary>
    /// "Each stream record appears exactly once in the stream; for each item that is modified, the stream records appear in
    /// the same sequence as the actual modifications": Developer Guide.
    /// </summary>
    [Fact]
    public void Folding_the_records_of_the_shards_gives_the_table_and_each_key_is_in_one_shard() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3]).Array[0, 60].Sample(
            writes =>
            {
                FoldAsync(writes).GetAwaiter().GetResult();
            },
            iter: 20,
            threads: 1);

    [Fact]
    public async Task An_event_id_is_the_same_whenever_it_is_read_and_no_two_records_share_one()
    {
        await using var store = await StreamsStore.OpenAsync();
        var first = await store.CreateAsync("One");
        var second = await store.CreateAsync("Two");
        for (var i = 0; i < 20; i++)
        {
            await store.PutAsync(i % 2 == 0 ? "One" : "Two", $"p{i}", "s", "1");
        }

        var ids = await IdsAsync();
        Assert.Equal(20, ids.Distinct().Count());
        Assert.Equal(ids, await IdsAsync());

        async Task<List<string?>> IdsAsync() =>
            [.. (await store.ReadAllAsync(first)).Concat(await store.ReadAllAsync(second)).Select(record => record.GetProperty("eventID").GetString())];
    }

    /// <summary>
    /// Who removed an expired item: GetRecords names the members as the service's model does, Lambda's event as recorded
    /// ones.
    /// </summary>
    [Fact]
    public void A_record_of_an_expired_item_names_the_service_in_each_form_as_AWS_spells_it()
    {
        var entry = Removal(ChangeFlags.Existed | ChangeFlags.OldImage | ChangeFlags.Expiry);
        Assert.Equal(
            """{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}""",
            Json(json => StreamRecordWriter.WriteRecord(json, entry, "eu-west-1")).GetProperty("userIdentity").GetRawText());
        var lambda = Json(json => StreamRecordWriter.WriteEvent(json, entry, "eu-west-1"));
        Assert.Equal(
            """{"principalId":"dynamodb.amazonaws.com","type":"Service"}""", lambda.GetProperty("userIdentity").GetRawText());
        Assert.Equal(entry.Stream.Arn, lambda.GetProperty("eventSourceARN").GetString());
        Assert.Equal("eu-west-1", lambda.GetProperty("awsRegion").GetString());
        Assert.Equal("REMOVE", lambda.GetProperty("eventName").GetString());

        var deleted = Removal(ChangeFlags.Existed | ChangeFlags.OldImage);
        Assert.False(Json(json => StreamRecordWriter.WriteRecord(json, deleted, "eu-west-1")).TryGetProperty("userIdentity", out _));
        Assert.False(Json(json => StreamRecordWriter.WriteEvent(json, deleted, "eu-west-1")).TryGetProperty("userIdentity", out _));
    }

    [Fact]
    public async Task Time_to_live_removes_as_the_service_and_a_request_as_nobody()
    {
        await using var store = await StreamsStore.OpenAsync();
        var arn = await store.CreateAsync("Tab");
        await store.AskAsync("UpdateTimeToLive", "{'TableName':'Tab','TimeToLiveSpecification':{'Enabled':true,'AttributeName':'x'}}");
        await store.Store.Database.WaitForBackfillsAsync(store.Store.Database.Catalog.Find("Tab")!, default);
        var due = store.Time.GetUtcNow().AddMinutes(1).ToUnixTimeSeconds();
        await store.AskAsync("PutItem", "{'TableName':'Tab','Item':{'p':{'S':'a'},'s':{'S':'1'},'x':{'N':'" + due + "'}}}");
        await store.AskAsync("PutItem", "{'TableName':'Tab','Item':{'p':{'S':'a'},'s':{'S':'2'},'x':{'N':'" + due + "'}}}");
        await store.DeleteAsync("Tab", "a", "1");
        store.Time.Advance(TimeSpan.FromMinutes(2));
        await store.Store.SweepExpiredAsync();
        var removals = (await store.ReadAllAsync(arn)).Where(record => record.GetProperty("eventName").GetString() == "REMOVE").ToList();
        Assert.Equal(2, removals.Count);
        Assert.False(removals[0].TryGetProperty("userIdentity", out _));
        Assert.Equal("Service", removals[1].GetProperty("userIdentity").GetProperty("Type").GetString());
        Assert.Equal("2", removals[1].GetProperty("dynamodb").GetProperty("OldImage").GetProperty("s").GetProperty("S").GetString());
    }

    private static StreamEntry Removal(ChangeFlags flags)
    {
        var stream = TableStream.Of("arn:aws:dynamodb:eu-west-1:000000000000", new FormerStream
        {
            TableName = "Tab",
            TableId = 16,
            Key = new KeySchema(new KeyAttribute("p", AttributeType.S)),
            FirstPartitionId = 64,
            PartitionCount = 1,
            LabelMicros = 1_700_000_000_000_000,
            View = StreamViewType.NewAndOldImages,
            SinceLsn = 1,
            UntilLsn = 9,
            DisabledMicros = 1_700_000_000_000_000,
        });
        return new StreamEntry(stream, new StreamChange
        {
            Position = new ChangePosition(5, 0),
            TimeMicros = 1_700_000_000_000_000,
            TableId = 16,
            PartitionId = 64,
            Flags = flags,
            NewImage = default,
            OldImage = Item.Of(("p", "x")).Encoded,
        });
    }

    private static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            write(json);
        }

        using var document = JsonDocument.Parse(bytes.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static async Task FoldAsync((int Key, int Text)[] writes)
    {
        await using var store = await StreamsStore.OpenAsync();
        var arn = await store.CreateAsync("Tab");
        var expected = new SortedDictionary<string, string>();
        foreach (var (key, text) in writes)
        {
            if (text == 0)
            {
                await store.DeleteAsync("Tab", $"{key}", "s");
                expected.Remove($"{key}");
            }
            else
            {
                await store.PutAsync("Tab", $"{key}", "s", $"{text}");
                expected[$"{key}"] = $"{text}";
            }
        }

        var folded = new SortedDictionary<string, string>();
        var shardOf = new Dictionary<string, string>();
        foreach (var shard in await store.ShardsAsync(arn))
        {
            foreach (var record in (await store.ReadShardAsync(await store.IteratorAsync(arn, shard), limit: 7)).Records)
            {
                var change = record.GetProperty("dynamodb");
                var key = change.GetProperty("Keys").GetProperty("p").GetProperty("S").GetString()!;
                Assert.Equal(shard, shardOf.TryAdd(key, shard) ? shard : shardOf[key]);

                // The image before is what the record before left: nothing is missing and nothing came twice.
                Assert.Equal(folded.GetValueOrDefault(key), Text(change, "OldImage"));
                if (Text(change, "NewImage") is { } text)
                {
                    folded[key] = text;
                }
                else
                {
                    folded.Remove(key);
                }
            }
        }

        Assert.Equal(expected, folded);
    }

    private static string Images(JsonElement change) => (Text(change, "NewImage"), Text(change, "OldImage")) switch
    {
        (null, null) => "",
        var (after, before) => after + "/" + before,
    };

    private static string? Text(JsonElement change, string image) =>
        change.TryGetProperty(image, out var item) ? item.GetProperty("t").GetProperty("S").GetString() : null;

    private static string Number(JsonElement record) => record.GetProperty("dynamodb").GetProperty("SequenceNumber").GetString()!;
}
