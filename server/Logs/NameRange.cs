using Storage.Engine;

namespace Storage.Server.Logs;

/// <summary>A query for names behind one that was given, from a prefix on. Where the prefix ends is for the reader to see.</summary>
internal static class NameRange
{
    internal static QueryOptions Of(string partitionKey, string? prefix, string? after, bool descending)
    {
        var condition = "pk = :pk";
        var values = new List<(string, AttributeValue)> { (":pk", partitionKey) };
        if (after is { Length: > 0 })
        {
            condition += descending ? " AND sk < :name" : " AND sk > :name";
            values.Add((":name", after));
        }
        else if (prefix is { Length: > 0 })
        {
            condition += " AND begins_with(sk, :name)";
            values.Add((":name", prefix));
        }

        return new QueryOptions { KeyCondition = condition, Values = Item.Of([.. values]), Descending = descending };
    }
}
