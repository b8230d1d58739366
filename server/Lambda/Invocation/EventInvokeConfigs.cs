using System.Runtime.CompilerServices;
using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Server.Lambda.Invocation;

/// <summary>
/// The settings of asynchronous calls, items beside their function's: pk name, sk <c>ASYNC#QUALIFIER</c>. They go with
/// the function when it is deleted, as all items of its key do.
/// </summary>
internal sealed class EventInvokeConfigs(Store store)
{
    internal const string Latest = "$LATEST";

    private const string TableName = "$lambda";
    private const string Prefix = "ASYNC#";

    internal ValueTask EnsureAsync(CancellationToken cancellation) => store.EnsureSystemTableAsync(
        new TableDefinition
        {
            Name = TableName,
            Key = new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("sk", AttributeType.S)),
        },
        cancellation);

    /// <summary>Null when none was put for the qualifier; without one, <c>$LATEST</c>'s.</summary>
    internal async ValueTask<EventInvokeConfig?> FindAsync(string name, string? qualifier, CancellationToken cancellation) =>
        await store.GetAsync(TableName, KeyOf(name, qualifier ?? Latest), cancellation) is { } item ? ConfigOf(item) : null;

    internal async ValueTask PutAsync(EventInvokeConfig config, CancellationToken cancellation)
    {
        var attributes = new List<(string, AttributeValue)>
        {
            ("pk", config.Name),
            ("sk", Prefix + config.Qualifier),
            ("modified", config.LastModified.ToUnixTimeMilliseconds()),
        };
        if (config.RetriesMax is { } retries)
        {
            attributes.Add(("retries", retries));
        }

        if (config.EventAgeMax is { } age)
        {
            attributes.Add(("age", (long)age.TotalSeconds));
        }

        await store.PutAsync(TableName, Item.Of([.. attributes]), null, cancellation);
    }

    /// <summary>False when there was none.</summary>
    internal async ValueTask<bool> DeleteAsync(string name, string qualifier, CancellationToken cancellation)
    {
        var options = new WriteOptions { ReturnOld = true };
        return (await store.DeleteAsync(TableName, KeyOf(name, qualifier), options, cancellation)).Old is not null;
    }

    /// <summary>Those of a function, ordered by qualifier, behind one of them.</summary>
    internal async IAsyncEnumerable<EventInvokeConfig> ReadAsync(
        string name, string? afterQualifier, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var query = new QueryOptions
        {
            KeyCondition = "pk = :name AND begins_with(sk, :prefix)",
            Values = Item.Of((":name", name), (":prefix", Prefix)),
        };
        await foreach (var item in store.QueryAsync(TableName, query, cancellation))
        {
            var config = ConfigOf(item);
            if (afterQualifier is null || string.CompareOrdinal(config.Qualifier, afterQualifier) > 0)
            {
                yield return config;
            }
        }
    }

    private static Item KeyOf(string name, string qualifier) => Item.Of(("pk", name), ("sk", Prefix + qualifier));

    private static EventInvokeConfig ConfigOf(Item item) => new(
        item["pk"].AsString(),
        item["sk"].AsString()[Prefix.Length..],
        DateTimeOffset.FromUnixTimeMilliseconds(item["modified"].AsInt64()))
    {
        RetriesMax = item.TryGetValue("retries", out var retries) ? (int)retries.AsInt64() : null,
        EventAgeMax = item.TryGetValue("age", out var age) ? TimeSpan.FromSeconds(age.AsInt64()) : null,
    };
}
