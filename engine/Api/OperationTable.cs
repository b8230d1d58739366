using System.Collections.Frozen;
using Storage.Engine.Model;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>The operations that are built, by the name in <c>X-Amz-Target</c>.</summary>
internal sealed class OperationTable
{
    private const string TargetPrefix = "DynamoDB_20120810.";
    private const string StreamsTargetPrefix = "DynamoDBStreams_20120810.";
    private readonly FrozenDictionary<string, IOperation>.AlternateLookup<ReadOnlySpan<char>> operations;
    private readonly FrozenDictionary<string, IOperation>.AlternateLookup<ReadOnlySpan<char>> streamsOperations;

    internal OperationTable(Database database, ChangeFeed feed)
    {
        operations = new Dictionary<string, IOperation>
        {
            ["CreateTable"] = new CreateTable(database),
            ["DeleteTable"] = new DeleteTable(database),
            ["DescribeTable"] = new DescribeTable(database),
            ["ListTables"] = new ListTables(database),
            ["Query"] = new Query(database),
            ["Scan"] = new Scan(database),
            ["UpdateTable"] = new UpdateTable(database),
            ["UpdateTimeToLive"] = new UpdateTimeToLive(database),
            ["DescribeTimeToLive"] = new DescribeTimeToLive(database),
            ["GetItem"] = new GetItem(database),
            ["PutItem"] = new PutItem(database),
            ["UpdateItem"] = new UpdateItem(database),
            ["DeleteItem"] = new DeleteItem(database),
            ["BatchGetItem"] = new BatchGetItem(database),
            ["BatchWriteItem"] = new BatchWriteItem(database),
            ["TransactWriteItems"] = new TransactWriteItems(database),
            ["TransactGetItems"] = new TransactGetItems(database),
        }.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        var streams = new TableStreams(database);
        var shards = new ShardReader(feed);
        streamsOperations = new Dictionary<string, IOperation>
        {
            ["ListStreams"] = new ListStreams(database, streams),
            ["DescribeStream"] = new DescribeStream(streams),
            ["GetShardIterator"] = new GetShardIterator(database, streams, shards),
            ["GetRecords"] = new GetRecords(database, streams, shards),
        }.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Finds the operation of a target such as <c>DynamoDB_20120810.GetItem</c> or <c>DynamoDBStreams_20120810.GetRecords</c>.</summary>
    /// <exception cref="DynamoDbException">UnknownOperationException: not built, or not of this API version.</exception>
    internal IOperation Find(string target) =>
        target.StartsWith(TargetPrefix, StringComparison.Ordinal)
        && operations.TryGetValue(target.AsSpan(TargetPrefix.Length), out var operation)
            ? operation
            : FindOfStreams(target);

    private IOperation FindOfStreams(string target) =>
        target.StartsWith(StreamsTargetPrefix, StringComparison.Ordinal)
        && streamsOperations.TryGetValue(target.AsSpan(StreamsTargetPrefix.Length), out var operation)
            ? operation
            : throw DynamoDbException.UnknownOperation();
}
