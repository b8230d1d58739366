using System.Text.Json;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>Constraints and pages of the requests of streams. Source of the bounds: the service's model.</summary>
public sealed class StreamRequestTests : IAsyncLifetime
{
    private const string Arn = "arn:aws:dynamodb:us-east-1:123456789012:table/Tab/stream/2026-11-01T00:00:00.000";
    private const string Shard = "'ShardId':'shardId-00001793491200000000-00000040'";

    private StreamsStore store = null!;

    public async Task InitializeAsync()
    {
        store = await StreamsStore.OpenAsync();
        Assert.Equal(Arn, await store.CreateAsync("Tab"));
    }

    public async Task DisposeAsync() => await store.DisposeAsync();

    [Theory]
    [InlineData("ListStreams", "'Limit':0", "Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData("ListStreams", "'Limit':101", "Value at 'Limit' failed to satisfy constraint: Member must have value less than or equal to 100")]
    [InlineData("ListStreams", "'TableName':'ab'", "Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 3")]
    [InlineData("ListStreams", "'ExclusiveStartStreamArn':'arn'", "Value at 'ExclusiveStartStreamArn' failed to satisfy constraint: Member must have length greater than or equal to 37")]
    [InlineData("DescribeStream", "'StreamArn':'arn'", "Value at 'StreamArn' failed to satisfy constraint: Member must have length greater than or equal to 37")]
    [InlineData("DescribeStream", "'StreamArn':'" + Arn + "','Limit':101", "Value at 'Limit' failed to satisfy constraint: Member must have value less than or equal to 100")]
    [InlineData("DescribeStream", "'StreamArn':'" + Arn + "','ExclusiveStartShardId':'x'", "Value at 'ExclusiveStartShardId' failed to satisfy constraint: Member must have length greater than or equal to 28")]
    [InlineData("DescribeStream", "'StreamArn':'" + Arn + "','ShardFilter':{'Type':'ALL'," + Shard + "}", "Value 'ALL' at 'shardFilter.type' failed to satisfy constraint: Member must satisfy enum value set: [CHILD_SHARDS]")]
    [InlineData("GetShardIterator", "'StreamArn':'" + Arn + "','ShardId':'x','ShardIteratorType':'LATEST'", "Value at 'ShardId' failed to satisfy constraint: Member must have length greater than or equal to 28")]
    [InlineData("GetShardIterator", "'StreamArn':'" + Arn + "'," + Shard + ",'ShardIteratorType':'AT_SEQUENCE_NUMBER','SequenceNumber':'1'", "Value at 'SequenceNumber' failed to satisfy constraint: Member must have length greater than or equal to 21")]
    [InlineData("GetRecords", "'ShardIterator':''", "Value at 'ShardIterator' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("GetRecords", "'ShardIterator':'x','Limit':1001", "Value at 'Limit' failed to satisfy constraint: Member must have value less than or equal to 1000")]
    public async Task A_broken_constraint_is_named(string operation, string members, string text) =>
        Assert.Equal(
            "1 validation error detected: " + text,
            await store.RefusedAsync("ValidationException", operation, "{" + members + "}"));

    [Fact]
    public async Task A_type_of_iterator_that_there_is_not_is_refused() => Assert.StartsWith(
        "1 validation error detected: Value 'EARLIEST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [",
        await store.RefusedAsync(
            "ValidationException", "GetShardIterator", "{'StreamArn':'" + Arn + "'," + Shard + ",'ShardIteratorType':'EARLIEST'}"),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("DescribeStream", "", "StreamArn")]
    [InlineData("GetShardIterator", Shard + ",'ShardIteratorType':'LATEST'", "StreamArn")]
    [InlineData("GetShardIterator", "'StreamArn':'" + Arn + "','ShardIteratorType':'LATEST'", "ShardId")]
    [InlineData("GetShardIterator", "'StreamArn':'" + Arn + "'," + Shard, "ShardIteratorType")]
    [InlineData("GetRecords", "'Limit':1", "ShardIterator")]
    public async Task A_required_member_that_did_not_come_is_named(string operation, string members, string name) =>
        Assert.Equal(
            $"The parameter '{name}' is required but was not present in the request",
            await store.RefusedAsync("ValidationException", operation, "{" + members + "}"));

    [Fact]
    public async Task An_operation_that_the_API_of_streams_does_not_have_is_unknown()
    {
        var response = new System.Buffers.ArrayBufferWriter<byte>();
        var body = new System.Buffers.ReadOnlySequence<byte>("{}"u8.ToArray());
        foreach (var target in new[] { "DynamoDBStreams_20120810.GetItem", "DynamoDB_20120810.ListStreams", "DynamoDBStreams_20111205.ListStreams" })
        {
            response.ResetWrittenCount();
            Assert.Equal(400, await store.Store.Api.HandleAsync(target, body, response, CancellationToken.None));
            Assert.Contains("#UnknownOperationException", System.Text.Encoding.UTF8.GetString(response.WrittenSpan), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Streams_come_in_pages()
    {
        var arns = new List<string> { Arn };
        for (var i = 0; i < 4; i++)
        {
            arns.Add(await store.CreateAsync($"Tab{i}"));
        }

        await store.CreateAsync("Without", null);
        Assert.Empty(await store.ListAsync("Without"));
        var listed = new List<string>();
        string? after = null;
        do
        {
            var page = await store.AskAsync(
                "ListStreams", "{'Limit':2" + (after is null ? "" : ",'ExclusiveStartStreamArn':'" + after + "'") + "}");
            listed.AddRange(page.GetProperty("Streams").EnumerateArray().Select(stream => stream.GetProperty("StreamArn").GetString()!));
            after = page.TryGetProperty("LastEvaluatedStreamArn", out var last) ? last.GetString() : null;
            Assert.True(after is null || after == listed[^1]);
        }
        while (after is not null);
        Assert.Equal(arns, listed);
    }

    [Fact]
    public async Task Shards_come_in_pages_and_have_no_children()
    {
        var first = await DescribeAsync("'Limit':2");
        Assert.Equal(2, first.GetProperty("Shards").GetArrayLength());
        var last = first.GetProperty("LastEvaluatedShardId").GetString()!;
        Assert.Equal(first.GetProperty("Shards")[1].GetProperty("ShardId").GetString(), last);
        var second = await DescribeAsync("'Limit':2,'ExclusiveStartShardId':'" + last + "'");
        Assert.Equal(1, second.GetProperty("Shards").GetArrayLength());
        Assert.False(second.TryGetProperty("LastEvaluatedShardId", out _));
        var children = await DescribeAsync("'ShardFilter':{'Type':'CHILD_SHARDS','ShardId':'" + last + "'}");
        Assert.Equal(0, children.GetProperty("Shards").GetArrayLength());
    }

    private async Task<JsonElement> DescribeAsync(string members) =>
        (await store.AskAsync("DescribeStream", "{'StreamArn':'" + Arn + "'," + members + "}")).GetProperty("StreamDescription");
}
