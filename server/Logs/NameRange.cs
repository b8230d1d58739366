using System.Text;
using Storage.Engine;

namespace Storage.Server.Logs;

/// <summary>A query for names behind one that was given, from a prefix on. Where the prefix ends is for the reader to see.</summary>
internal static class NameRange
{
    /// <summary>A name is a sort key. Source: DynamoDB, 1024 bytes.</summary>
    internal const int NameBytesMax = 1024;

    /// <exception cref="Aws.AwsException">InvalidParameterException: no name is what a token gave to go on behind.</exception>
    internal static QueryOptions Of(string partitionKey, string? prefix, string? after, bool descending)
    {
        var condition = "pk = :pk";
        var values = new List<(string, AttributeValue)> { (":pk", partitionKey) };
        if (after is { Length: > 0 })
        {
            if (Encoding.UTF8.GetByteCount(after) > NameBytesMax)
            {
                throw PageToken.Invalid();
            }

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
