using System.Collections.Frozen;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>The operations that are built, by the name in <c>X-Amz-Target</c>.</summary>
internal sealed class OperationTable
{
    private const string TargetPrefix = "DynamoDB_20120810.";
    private readonly FrozenDictionary<string, IOperation>.AlternateLookup<ReadOnlySpan<char>> operations;

    internal OperationTable(Database database) =>
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

    /// <summary>Finds the operation of a target such as <c>DynamoDB_20120810.GetItem</c>.</summary>
    /// <exception cref="DynamoDbException">UnknownOperationException: not built, or not of this API version.</exception>
    internal IOperation Find(string target) =>
        target.StartsWith(TargetPrefix, StringComparison.Ordinal)
        && operations.TryGetValue(target.AsSpan(TargetPrefix.Length), out var operation)
            ? operation
            : throw DynamoDbException.UnknownOperation();
}
