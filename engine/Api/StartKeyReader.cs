using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>
/// Makes a key of ExclusiveStartKey: a table's key, or an index's with the table's. The item need not exist any more.
/// Source of the texts: observed answers of DynamoDB.
/// </summary>
internal static class StartKeyReader
{
    /// <summary>The key, in one of the two buffers.</summary>
    /// <exception cref="DynamoDbException">ValidationException: not exactly the attributes of the keys.</exception>
    internal static ReadOnlySpan<byte> Read(
        Table table, SecondaryIndex? index, ReadOnlySpan<byte> startKey, KeyBuffer baseKey, KeyBuffer entryKey)
    {
        var view = new ValueView(startKey);
        var fits = table.TryBuildKey(view, baseKey).IsNone && view.Count == AttributeCount(table.Key, index?.Key);
        if (index is null)
        {
            return fits ? baseKey.Span : throw DynamoDbException.Validation(
                "The provided starting key is invalid: The provided key element does not match the schema");
        }

        return fits && index.TryBuildEntryKey(view, baseKey.Span, entryKey)
            ? entryKey.Span
            : throw DynamoDbException.Validation("The provided starting key is invalid");
    }

    internal static DynamoDbException OutsideCollection() => DynamoDbException.Validation(
        "The provided starting key is outside query boundaries based on provided conditions");

    internal static DynamoDbException OutsideRange() =>
        DynamoDbException.Validation("The provided starting key does not match the range key predicate");

    internal static DynamoDbException OutsideSegment(PageRequest request) => DynamoDbException.Validation(
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
        + $"Segment. TotalSegments: {request.TotalSegments} Segment: {request.Segment}");

    private static int AttributeCount(KeySchema table, KeySchema? index)
    {
        var count = table.Count;
        for (var i = 0; index is not null && i < index.Count; i++)
        {
            count += table.Contains(index[i].NameUtf8) ? 0 : 1;
        }

        return count;
    }
}
