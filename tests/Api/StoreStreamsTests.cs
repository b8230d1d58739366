using System.Buffers;
using System.Text.Json;
using Storage.Engine;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>The streams as the layers in the same process read them.</summary>
public sealed class StoreStreamsTests
{
    private static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_stream_is_found_by_its_ARN_and_read_from_a_position_on()
    {
        await using var store = await StreamsStore.OpenAsync(partitions: 1);
        var arn = await store.CreateAsync("Tab", "NEW_IMAGE");
        var stream = await store.Store.Streams.FindAsync(arn);
        Assert.Equal(
            (arn, "Tab", StreamViewType.NewImage, true, store.Time.GetUtcNow()),
            (stream!.Arn, stream.Table, stream.View, stream.IsEnabled, stream.Created));
        Assert.Equal(await store.ShardsAsync(arn), stream.ShardIds);
        Assert.EndsWith("/stream/" + stream.Label, arn, StringComparison.Ordinal);

        var start = await store.Store.Streams.ResolveAsync(arn, StreamStart.TrimHorizon);
        for (var i = 0; i < 5; i++)
        {
            await store.PutAsync("Tab", $"p{i % 2}", $"{i}", "text");
        }

        var latest = await store.Store.Streams.ResolveAsync(arn, StreamStart.Latest);
        var page = await store.Store.Streams.ReadAsync(arn, stream.ShardIds[0], start, 3, int.MaxValue);
        Assert.Equal((3, false, false), (page.Records.Count, page.IsAtEnd, page.IsClosed));
        Assert.Equal(page.Next, page.Records[^1].Position);
        page = await store.Store.Streams.ReadAsync(arn, stream.ShardIds[0], page.Next, 100, int.MaxValue);
        Assert.Equal((2, true, false), (page.Records.Count, page.IsAtEnd, page.IsClosed));
        Assert.Empty((await store.Store.Streams.ReadAsync(arn, stream.ShardIds[0], latest, 100, int.MaxValue)).Records);
        Assert.True(latest >= page.Records[^1].Position);
        Assert.Null(await store.Store.Streams.FindAsync("arn:aws:dynamodb"));
        var missing = await Assert.ThrowsAsync<DynamoDbException>(
            async () => await store.Store.Streams.ReadAsync(arn, "shardId-0", start, 1, 1));
        Assert.Equal("ResourceNotFoundException", missing.ErrorType);
    }

    [Fact]
    public async Task A_page_ends_before_its_bytes_do_but_has_a_record_however_large()
    {
        await using var store = await StreamsStore.OpenAsync(partitions: 1);
        var arn = await store.CreateAsync("Tab", "NEW_IMAGE");
        var shard = Assert.Single(await store.ShardsAsync(arn));
        for (var i = 0; i < 6; i++)
        {
            await store.PutAsync("Tab", "p", $"{i}", new string('x', 100));
        }

        var size = (await store.Store.Streams.ReadAsync(arn, shard, default, 1, int.MaxValue)).Records[0].SizeBytes;
        Assert.Equal((2 * (1 + 1 + 1 + 1)) + 1 + 100, size);
        Assert.Single((await store.Store.Streams.ReadAsync(arn, shard, default, 100, 1)).Records);
        var position = default(ChangePosition);
        var pages = new List<int>();
        StreamRecordPage page;
        do
        {
            page = await store.Store.Streams.ReadAsync(arn, shard, position, 100, (2 * size) + 1);
            Assert.True(page.Records.Sum(record => record.SizeBytes) <= (2 * size) + 1);
            pages.Add(page.Records.Count);
            position = page.Next;
        }
        while (!page.IsAtEnd);
        Assert.Equal(6, pages.Sum());
    }

    [Fact]
    public async Task A_record_is_written_as_Lambdas_event_has_it()
    {
        await using var store = await StreamsStore.OpenAsync(partitions: 1);
        var arn = await store.CreateAsync("Tab");
        var shard = Assert.Single(await store.ShardsAsync(arn));
        await store.PutAsync("Tab", "a", "b", "1");
        var record = Assert.Single((await store.Store.Streams.ReadAsync(arn, shard, default, 10, int.MaxValue)).Records);
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            record.WriteJson(json);
        }

        var seconds = store.Time.GetUtcNow().ToUnixTimeSeconds();
        using var written = JsonDocument.Parse(bytes.WrittenMemory);
        var id = written.RootElement.GetProperty("eventID").GetString();
        Assert.Equal(
            $$$"""
            {"eventID":"{{{id}}}","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":{{{seconds}}},"Keys":{"p":{"S":"a"},"s":{"S":"b"}},"NewImage":{"p":{"S":"a"},"s":{"S":"b"},"t":{"S":"1"}},"SequenceNumber":"{{{record.Position}}}","SizeBytes":10,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"{{{arn}}}"}
            """,
            System.Text.Encoding.UTF8.GetString(bytes.WrittenSpan));
        Assert.Equal((ItemChangeKind.Insert, store.Time.GetUtcNow()), (record.Kind, record.Time));
    }

    [Fact]
    public async Task Records_of_one_partition_key_have_equal_bytes_of_it_and_of_others_different_ones()
    {
        await using var store = await StreamsStore.OpenAsync(partitions: 1);
        var arn = await store.CreateAsync("Tab", "KEYS_ONLY");
        var shard = Assert.Single(await store.ShardsAsync(arn));
        await store.PutAsync("Tab", "a", "1", "x");
        await store.PutAsync("Tab", "b", "1", "x");
        await store.PutAsync("Tab", "a", "2", "x");
        await store.DeleteAsync("Tab", "a", "1");
        var keys = (await store.Store.Streams.ReadAsync(arn, shard, default, 10, int.MaxValue)).Records
            .Select(record => Convert.ToHexString(record.PartitionKey.Span)).ToList();
        Assert.Equal([keys[0], keys[1], keys[0], keys[0]], keys);
        Assert.NotEqual(keys[0], keys[1]);
    }

    [Fact]
    public async Task Waiting_ends_with_a_record_and_with_the_end_of_the_stream()
    {
        await using var store = await StreamsStore.OpenAsync();
        var arn = await store.CreateAsync("Tab");
        var end = await store.Store.Streams.ResolveAsync(arn, StreamStart.Latest);
        var waiting = store.Store.Streams.WaitAsync(arn, end).AsTask();
        await store.CreateAsync("Other"); // a change of the catalog that ends nothing
        Assert.False(waiting.IsCompleted);
        await store.PutAsync("Tab", "a", "b", "1");
        await waiting.WaitAsync(HangGuard);
        await store.Store.Streams.WaitAsync(arn, end).AsTask().WaitAsync(HangGuard);

        end = await store.Store.Streams.ResolveAsync(arn, StreamStart.Latest);
        waiting = store.Store.Streams.WaitAsync(arn, end).AsTask();
        await store.SwitchAsync("Tab", null);
        await waiting.WaitAsync(HangGuard);
        foreach (var shard in await store.ShardsAsync(arn))
        {
            Assert.True((await store.Store.Streams.ReadAsync(arn, shard, end, 10, int.MaxValue)).IsClosed);
        }

        arn = await store.SwitchAsync("Tab", "KEYS_ONLY");
        using var cancelled = new CancellationTokenSource();
        waiting = store.Store.Streams.WaitAsync(arn, await store.Store.Streams.ResolveAsync(arn, StreamStart.Latest), cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(HangGuard));
    }
}
