using System.Text.Json;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>GetShardIterator and GetRecords. Source: API Reference of DynamoDB Streams.</summary>
public sealed class StreamReadTests
{
    [Fact]
    public async Task An_iterator_begins_at_the_oldest_record_behind_the_newest_or_at_or_after_a_sequence_number()
    {
        await using var store = await StreamsStore.OpenAsync(partitions: 1);
        var arn = await store.CreateAsync("Tab");
        var shard = Assert.Single(await store.ShardsAsync(arn));
        await PutAsync(store, 1, 3);
        var latest = await store.IteratorAsync(arn, shard, "LATEST");
        await PutAsync(store, 4, 2);
        var (all, _) = await store.RecordsAsync(await store.IteratorAsync(arn, shard));
        Assert.Equal(["1", "2", "3", "4", "5"], all.Select(Sort));
        Assert.Equal(["4", "5"], (await store.RecordsAsync(latest)).Records.Select(Sort));
        Assert.Equal(
            ["2", "3", "4", "5"],
            (await store.RecordsAsync(await store.IteratorAsync(arn, shard, "AT_SEQUENCE_NUMBER", Number(all[1])))).Records.Select(Sort));
        Assert.Equal(
            ["3", "4", "5"],
            (await store.RecordsAsync(await store.IteratorAsync(arn, shard, "AFTER_SEQUENCE_NUMBER", Number(all[1])))).Records.Select(Sort));

        var starting = (await store.DescribeAsync(arn)).GetProperty("Shards")[0]
            .GetProperty("SequenceNumberRange").GetProperty("StartingSequenceNumber").GetString();
        Assert.Equal(5, (await store.RecordsAsync(await store.IteratorAsync(arn, shard, "AT_SEQUENCE_NUMBER", starting))).Records.Length);
    }

    [Fact]
    public async Task Within_a_transaction_a_sequence_number_names_one_record()
    {
        await using var store = await StreamsStore.OpenAsync(partitions: 1);
        var arn = await store.CreateAsync("Tab");
        var shard = Assert.Single(await store.ShardsAsync(arn));
        var puts = Enumerable.Range(1, 4).Select(i => "{'Put':{'TableName':'Tab','Item':{'p':{'S':'a'},'s':{'S':'" + i + "'}}}}");
        await store.AskAsync("TransactWriteItems", "{'TransactItems':[" + string.Join(',', puts) + "]}");
        var (all, _) = await store.RecordsAsync(await store.IteratorAsync(arn, shard));
        Assert.Equal(["1", "2", "3", "4"], all.Select(Sort));
        Assert.Equal(
            ["3", "4"],
            (await store.RecordsAsync(await store.IteratorAsync(arn, shard, "AT_SEQUENCE_NUMBER", Number(all[2])))).Records.Select(Sort));
        var (first, next) = await store.RecordsAsync(await store.IteratorAsync(arn, shard), limit: 3);
        Assert.Equal(["1", "2", "3"], first.Select(Sort));
        Assert.Equal(["4"], (await store.RecordsAsync(next!)).Records.Select(Sort));
    }

    [Fact]
    public async Task A_page_ends_at_its_limit_or_at_1_MB_and_an_open_shard_always_goes_on()
    {
        await using var store = await StreamsStore.OpenAsync(partitions: 1);
        var arn = await store.CreateAsync("Tab");
        var shard = Assert.Single(await store.ShardsAsync(arn));
        await PutAsync(store, 1, 5);
        var (records, next) = await store.ReadShardAsync(await store.IteratorAsync(arn, shard), limit: 2);
        Assert.Equal(["1", "2", "3", "4", "5"], records.Select(Sort));
        Assert.NotNull(next);

        for (var i = 0; i < 5; i++)
        {
            await store.PutAsync("Tab", "large", $"{i}", new string('x', 300 * 1024));
        }

        var sizes = new List<int>();
        while (next is not null)
        {
            var (page, behind) = await store.RecordsAsync(next);
            if (page.Length == 0)
            {
                break;
            }

            Assert.InRange(page.Sum(record => record.GetProperty("dynamodb").GetProperty("SizeBytes").GetInt32()), 1, 1024 * 1024);
            sizes.Add(page.Length);
            next = behind;
        }

        Assert.Equal(5, sizes.Sum());
        Assert.True(sizes.Count >= 2);

        await PutAsync(store, 6, 1);
        Assert.Equal(["6"], (await store.RecordsAsync(next!)).Records.Select(Sort));
    }

    [Fact]
    public async Task A_stream_shows_its_own_changes_only_and_its_shards_end_when_it_is_switched_off()
    {
        await using var store = await StreamsStore.OpenAsync();
        await store.CreateAsync("Tab", "KEYS_ONLY");
        await store.SwitchAsync("Tab", null);
        await PutAsync(store, 100, 20);
        var first = await store.SwitchAsync("Tab", "NEW_IMAGE");
        await PutAsync(store, 200, 20);
        var open = await store.IteratorAsync(first, (await store.ShardsAsync(first))[0], "LATEST");
        await store.SwitchAsync("Tab", null);
        await PutAsync(store, 300, 20);
        var second = await store.SwitchAsync("Tab", "OLD_IMAGE");
        await PutAsync(store, 400, 20);
        await store.DeleteTableAsync("Tab");
        await store.CreateAsync("Tab");
        await PutAsync(store, 500, 20);

        Assert.Equal(Enumerable.Range(200, 20).Select(i => $"{i}"), (await store.ReadAllAsync(first)).Select(Sort).Order());
        Assert.Equal(Enumerable.Range(400, 20).Select(i => $"{i}"), (await store.ReadAllAsync(second)).Select(Sort).Order());
        foreach (var arn in new[] { first, second })
        {
            foreach (var shard in await store.ShardsAsync(arn))
            {
                Assert.Null((await store.ReadShardAsync(await store.IteratorAsync(arn, shard))).Next);
                Assert.Null((await store.ReadShardAsync(await store.IteratorAsync(arn, shard, "LATEST"))).Next);
            }
        }

        Assert.Equal((0, null), ((await store.ReadShardAsync(open)).Records.Count, (await store.ReadShardAsync(open)).Next));
    }

    [Fact]
    public async Task An_iterator_expires_15_minutes_after_it_was_given_out()
    {
        await using var store = await StreamsStore.OpenAsync();
        var arn = await store.CreateAsync("Tab");
        var shard = (await store.ShardsAsync(arn))[0];
        var iterator = await store.IteratorAsync(arn, shard);
        store.Time.Advance(TimeSpan.FromMinutes(15));
        var (_, next) = await store.RecordsAsync(iterator);
        store.Time.Advance(TimeSpan.FromMilliseconds(1));
        await store.RefusedAsync("ExpiredIteratorException", "GetRecords", "{'ShardIterator':'" + iterator + "'}");
        await store.RecordsAsync(next!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Iterators_and_sequence_numbers_are_good_in_a_store_that_was_opened_again(bool checkpoint)
    {
        var files = new MemoryFiles();
        var time = StreamsStore.NewTime();
        string arn, next, middle;
        List<string> before;
        await using (var store = await StreamsStore.OpenAsync(files, time, partitions: 1))
        {
            arn = await store.CreateAsync("Tab");
            await PutAsync(store, 1, 6);
            var iterator = await store.IteratorAsync(arn, (await store.ShardsAsync(arn))[0]);
            var (page, behind) = await store.RecordsAsync(iterator, limit: 2);
            (next, middle) = (behind!, Number(page[1]));
            before = [.. (await store.ReadAllAsync(arn)).Select(record => record.GetRawText())];
            if (checkpoint)
            {
                await store.Store.Checkpointer!.CheckpointAsync(default);
            }
        }

        await using var again = await StreamsStore.OpenAsync(files, time, partitions: 1);
        Assert.Equal(before, (await again.ReadAllAsync(arn)).Select(record => record.GetRawText()));
        Assert.Equal(["3", "4", "5", "6"], (await again.ReadShardAsync(next)).Records.Select(Sort));
        var shard = Assert.Single(await again.ShardsAsync(arn));
        Assert.Equal(
            ["3", "4", "5", "6"],
            (await again.ReadShardAsync(await again.IteratorAsync(arn, shard, "AFTER_SEQUENCE_NUMBER", middle))).Records.Select(Sort));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Former_streams_are_read_to_their_end_in_a_store_that_was_opened_again(bool checkpointBetween, bool checkpointAtEnd)
    {
        var files = new MemoryFiles();
        var time = StreamsStore.NewTime();
        string disabled, enabled, gone;
        await using (var store = await StreamsStore.OpenAsync(files, time))
        {
            disabled = await store.CreateAsync("Tab", "NEW_IMAGE");
            gone = await store.CreateAsync("Gone", "OLD_IMAGE");
            await PutAsync(store, 100, 10);
            await PutAsync(store, "Gone", 200, 10);
            await CheckpointAsync(store, checkpointBetween);
            await PutAsync(store, 110, 10);
            await PutAsync(store, "Gone", 210, 10);
            await store.SwitchAsync("Tab", null);
            await store.DeleteTableAsync("Gone");
            await CheckpointAsync(store, checkpointBetween);
            await PutAsync(store, 300, 10);
            enabled = await store.SwitchAsync("Tab", "KEYS_ONLY");
            await PutAsync(store, 400, 10);
            await CheckpointAsync(store, checkpointAtEnd);
            await CheckReadAsync(store);
        }

        await using var again = await StreamsStore.OpenAsync(files, time);
        await CheckReadAsync(again);

        async Task CheckReadAsync(StreamsStore store)
        {
            Assert.Equal(Enumerable.Range(100, 20).Select(i => $"{i}"), (await store.ReadAllAsync(disabled)).Select(Sort).Order());
            Assert.Equal(Enumerable.Range(200, 20).Select(i => $"{i}"), (await store.ReadAllAsync(gone)).Select(Sort).Order());
            Assert.Equal(Enumerable.Range(400, 10).Select(i => $"{i}"), (await store.ReadAllAsync(enabled)).Select(Sort).Order());
            foreach (var shard in (await store.ShardsAsync(disabled)).Select(shard => (Arn: disabled, shard))
                .Concat((await store.ShardsAsync(gone)).Select(shard => (Arn: gone, shard))))
            {
                Assert.Null((await store.ReadShardAsync(await store.IteratorAsync(shard.Arn, shard.shard))).Next);
            }
        }

        static Task CheckpointAsync(StreamsStore store, bool wanted) =>
            wanted ? store.Store.Checkpointer!.CheckpointAsync(default) : Task.CompletedTask;
    }

    /// <summary>"You request a shard iterator with a sequence number older than the trim point (24 hours)."</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_older_than_24_hours_is_trimmed_and_whoever_asks_for_it_is_told(bool onFiles)
    {
        var time = StreamsStore.NewTime();
        await using var store = await StreamsStore.OpenAsync(onFiles ? new MemoryFiles() : null, time, partitions: 1);
        var arn = await store.CreateAsync("Tab");
        var shard = Assert.Single(await store.ShardsAsync(arn));
        await PutAsync(store, 1, 2);
        var old = Number((await store.ReadAllAsync(arn))[0]);
        await CheckpointAsync();
        time.Advance(TimeSpan.FromHours(25));
        await PutAsync(store, 3, 2);
        await CheckpointAsync();
        time.Advance(TimeSpan.FromHours(1));
        await PutAsync(store, 5, 1);
        await CheckpointAsync();

        Assert.Equal(["3", "4", "5"], (await store.ReadAllAsync(arn)).Select(Sort));
        Assert.Equal(
            "The operation attempted to read past the oldest stream record in a shard.",
            await store.RefusedAsync("TrimmedDataAccessException", "GetShardIterator", Iterator(arn, shard, "AFTER_SEQUENCE_NUMBER", old)));

        Task CheckpointAsync() => store.Store.Checkpointer?.CheckpointAsync(default) ?? Task.CompletedTask;
    }

    [Fact]
    public async Task What_names_nothing_is_refused()
    {
        await using var store = await StreamsStore.OpenAsync(partitions: 1);
        var arn = await store.CreateAsync("Tab");
        var other = await store.CreateAsync("Other");
        var shard = Assert.Single(await store.ShardsAsync(arn));
        var foreign = Assert.Single(await store.ShardsAsync(other));
        var missing = arn.Replace("/Tab/", "/None/", StringComparison.Ordinal);
        Assert.Equal(
            $"Requested resource not found: Stream: {missing} not found",
            await store.RefusedAsync("ResourceNotFoundException", "GetShardIterator", Iterator(missing, shard, "LATEST")));
        await store.RefusedAsync("ResourceNotFoundException", "GetShardIterator", Iterator(arn, foreign, "LATEST"));
        var abroad = arn.Replace("us-east-1", "eu-west-1", StringComparison.Ordinal);
        await store.RefusedAsync("ResourceNotFoundException", "GetShardIterator", Iterator(abroad, shard, "LATEST"));
        await store.RefusedAsync("ValidationException", "GetShardIterator", Iterator(arn[..^24] + new string('x', 24), shard, "LATEST"));
        await store.RefusedAsync(
            "ValidationException", "GetShardIterator", Iterator(arn, shard, "AFTER_SEQUENCE_NUMBER", new string('1', 30)));
        await store.RefusedAsync(
            "ValidationException", "GetShardIterator", Iterator(arn, shard, "AT_SEQUENCE_NUMBER", new string('9', 21)));
        await store.RefusedAsync("ValidationException", "GetShardIterator", Iterator(arn, shard, "AT_SEQUENCE_NUMBER"));

        var iterator = await store.IteratorAsync(arn, shard);
        foreach (var forged in new[] { "x", iterator[..^4], iterator.Replace("/Tab/", "/Tub/", StringComparison.Ordinal), arn + "|1|" })
        {
            Assert.Equal(
                "Invalid ShardIterator",
                await store.RefusedAsync("ValidationException", "GetRecords", "{'ShardIterator':'" + forged + "'}"));
        }
    }

    private static Task PutAsync(StreamsStore store, int from, int count) => PutAsync(store, "Tab", from, count);

    private static async Task PutAsync(StreamsStore store, string table, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            await store.PutAsync(table, $"p{i % 5}", $"{i}", "text");
        }
    }

    private static string Iterator(string arn, string shard, string type, string? number = null) =>
        "{'StreamArn':'" + arn + "','ShardId':'" + shard + "','ShardIteratorType':'" + type + "'"
        + (number is null ? "" : ",'SequenceNumber':'" + number + "'") + "}";

    private static string Sort(JsonElement record) =>
        record.GetProperty("dynamodb").GetProperty("Keys").GetProperty("s").GetProperty("S").GetString()!;

    private static string Number(JsonElement record) => record.GetProperty("dynamodb").GetProperty("SequenceNumber").GetString()!;
}
