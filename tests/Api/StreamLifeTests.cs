using System.Text.Json;
using Storage.Engine.Model;
using Storage.Tests.Files;
using Storage.Tests.Recovery;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>
/// From the moment a stream is switched on until it can no longer be read. "If you disable a stream, the data in it is
/// still readable for 24 hours": Developer Guide, DynamoDB Streams; ARNs and labels: API Reference, TableDescription.
/// </summary>
public sealed class StreamLifeTests
{
    private const string NotFound = "Requested resource not found: Stream: ";

    [Fact]
    public async Task A_stream_has_the_label_of_its_beginning_in_its_ARN_and_as_many_shards_as_the_table_partitions()
    {
        await using var store = await StreamsStore.OpenAsync();
        var arn = await store.CreateAsync("Tab", "OLD_IMAGE");
        Assert.Equal("arn:aws:dynamodb:us-east-1:123456789012:table/Tab/stream/2026-11-01T00:00:00.000", arn);
        var stream = await store.DescribeAsync(arn);
        Assert.Equal(arn, stream.GetProperty("StreamArn").GetString());
        Assert.Equal("2026-11-01T00:00:00.000", stream.GetProperty("StreamLabel").GetString());
        Assert.Equal("ENABLED", stream.GetProperty("StreamStatus").GetString());
        Assert.Equal("OLD_IMAGE", stream.GetProperty("StreamViewType").GetString());
        Assert.Equal("Tab", stream.GetProperty("TableName").GetString());
        Assert.Equal(store.Time.GetUtcNow().ToUnixTimeSeconds(), stream.GetProperty("CreationRequestDateTime").GetDouble());
        Assert.Equal(
            """[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}]""",
            stream.GetProperty("KeySchema").GetRawText());
        var shards = stream.GetProperty("Shards").EnumerateArray().ToList();
        Assert.Equal(StreamsStore.Partitions, shards.Select(shard => shard.GetProperty("ShardId").GetString()).Distinct().Count());
        Assert.All(shards, shard =>
        {
            Assert.InRange(shard.GetProperty("ShardId").GetString()!.Length, 28, 65);
            Assert.InRange(Range(shard, "StartingSequenceNumber")!.Length, 21, 40);
            Assert.Null(Range(shard, "EndingSequenceNumber"));
        });
    }

    [Fact]
    public async Task A_stream_that_was_switched_off_is_DISABLED_its_shards_closed_and_gone_after_24_hours()
    {
        await using var store = await StreamsStore.OpenAsync();
        var arn = await store.CreateAsync("Tab");
        Assert.Equal(arn, await store.SwitchAsync("Tab", null));
        store.Time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1));
        var stream = await store.DescribeAsync(arn);
        Assert.Equal("DISABLED", stream.GetProperty("StreamStatus").GetString());
        Assert.All(stream.GetProperty("Shards").EnumerateArray(), shard => Assert.True(string.CompareOrdinal(
            Range(shard, "StartingSequenceNumber"), Range(shard, "EndingSequenceNumber")) <= 0));
        Assert.Equal([arn], await store.ListAsync());

        store.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Empty(await store.ListAsync());
        Assert.Equal(
            NotFound + arn + " not found",
            await store.RefusedAsync("ResourceNotFoundException", "DescribeStream", "{'StreamArn':'" + arn + "'}"));
        Assert.Null(await store.Store.Streams.FindAsync(arn));
    }

    /// <summary>"When you re-enable a stream ... a new stream is created with a different stream descriptor."</summary>
    [Fact]
    public async Task A_stream_that_is_switched_on_again_is_another_one_even_in_the_same_millisecond()
    {
        await using var store = await StreamsStore.OpenAsync();
        var arns = new List<string> { await store.CreateAsync("Tab", "KEYS_ONLY") };
        for (var i = 0; i < 3; i++)
        {
            await store.SwitchAsync("Tab", null);
            arns.Add(await store.SwitchAsync("Tab", "NEW_IMAGE"));
        }

        await store.DeleteTableAsync("Tab");
        arns.Add(await store.CreateAsync("Tab", "OLD_IMAGE"));
        Assert.Equal(5, arns.Distinct().Count());
        Assert.Equal(arns, await store.ListAsync());
        Assert.Equal(arns.Order(StringComparer.Ordinal), arns);
        var shards = new List<string>();
        foreach (var arn in arns)
        {
            Assert.Equal(arn == arns[^1] ? "ENABLED" : "DISABLED", (await store.DescribeAsync(arn)).GetProperty("StreamStatus").GetString());
            shards.AddRange(await store.ShardsAsync(arn));
        }

        Assert.Equal(shards.Count, shards.Distinct().Count());
    }

    [Fact]
    public async Task A_deleted_tables_stream_is_DISABLED_and_listed_by_the_tables_name()
    {
        await using var store = await StreamsStore.OpenAsync();
        var arn = await store.CreateAsync("Tab");
        await store.DeleteTableAsync("Tab");
        Assert.Equal([arn], await store.ListAsync("Tab"));
        Assert.Equal("DISABLED", (await store.DescribeAsync(arn)).GetProperty("StreamStatus").GetString());
        Assert.False((await store.Store.Streams.FindAsync(arn))!.IsEnabled);
        store.Time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(
            "Requested resource not found: Table: Tab not found",
            await store.RefusedAsync("ResourceNotFoundException", "ListStreams", "{'TableName':'Tab'}"));
    }

    [Fact]
    public async Task The_view_of_a_stream_cannot_be_changed()
    {
        await using var store = await StreamsStore.OpenAsync();
        var arn = await store.CreateAsync("Tab", "KEYS_ONLY");
        var refusal = await store.RefusedAsync(
            "ValidationException",
            "UpdateTable",
            "{'TableName':'Tab','StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_IMAGE'}}");
        Assert.Equal("Table already has an enabled stream: TableName: Tab", refusal);
        Assert.Equal("KEYS_ONLY", (await store.DescribeAsync(arn)).GetProperty("StreamViewType").GetString());

        // Below the API too: a request may have looked at the table before another one changed it.
        var change = new Engine.Tables.TableChange { ChangesStream = true, Stream = StreamViewType.NewImage };
        var raced = await Assert.ThrowsAsync<DynamoDbException>(async () => await store.Store.Database.UpdateTableAsync("Tab", change, default));
        Assert.Equal(refusal, raced.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Former_streams_survive_a_reopened_store_with_and_without_a_checkpoint_and_verify_knows_them(bool checkpoint)
    {
        var files = new MemoryFiles();
        var time = StreamsStore.NewTime();
        var described = new List<string>();
        string[] arns;
        await using (var store = await StreamsStore.OpenAsync(files, time))
        {
            await store.CreateAsync("Kept");
            await store.SwitchAsync("Kept", null);
            await store.SwitchAsync("Kept", "KEYS_ONLY");
            await store.CreateAsync("Gone", "NEW_IMAGE");
            await store.DeleteTableAsync("Gone");
            arns = await store.ListAsync();
            Assert.Equal(3, arns.Length);
            foreach (var arn in arns)
            {
                described.Add((await store.DescribeAsync(arn)).GetRawText());
            }

            if (checkpoint)
            {
                await store.Store.Checkpointer!.CheckpointAsync(default);
            }
        }

        Assert.Empty((await VerifyFixture.VerifyAsync(files)).Findings);
        await using var again = await StreamsStore.OpenAsync(files, time);
        Assert.Equal(arns, await again.ListAsync());
        foreach (var arn in arns)
        {
            Assert.Contains((await again.DescribeAsync(arn)).GetRawText(), described);
        }
    }

    [Fact]
    public async Task The_catalog_lets_go_of_a_former_stream_with_its_next_record_after_24_hours()
    {
        var files = new MemoryFiles();
        var time = StreamsStore.NewTime();
        await using (var store = await StreamsStore.OpenAsync(files, time))
        {
            await store.CreateAsync("Tab");
            await store.SwitchAsync("Tab", null);
            time.Advance(TimeSpan.FromHours(24));
            Assert.Single(store.Store.Database.Catalog.FormerStreams.All);
            await store.CreateAsync("Other");
            Assert.Empty(store.Store.Database.Catalog.FormerStreams.All);
        }

        await using var again = await StreamsStore.OpenAsync(files, time);
        Assert.Empty(again.Store.Database.Catalog.FormerStreams.All);
    }

    [Fact]
    public async Task A_system_tables_stream_is_for_the_layers_and_not_for_requests()
    {
        await using var store = await StreamsStore.OpenAsync();
        await store.Store.EnsureSystemTableAsync(new TableDefinition
        {
            Name = "$layer",
            Key = new KeySchema(new KeyAttribute("pk", AttributeType.S)),
            Stream = StreamViewType.NewImage,
        });
        const string Arn = "arn:aws:dynamodb:us-east-1:123456789012:table/$layer/stream/2026-11-01T00:00:00.000";
        Assert.Equal(StreamsStore.Partitions, (await store.Store.Streams.FindAsync(Arn))!.ShardIds.Count);
        Assert.Empty(await store.ListAsync());
        Assert.Equal(
            NotFound + Arn + " not found",
            await store.RefusedAsync("ResourceNotFoundException", "DescribeStream", "{'StreamArn':'" + Arn + "'}"));
    }

    private static string? Range(JsonElement shard, string member) =>
        shard.GetProperty("SequenceNumberRange").TryGetProperty(member, out var number) ? number.GetString() : null;
}
