using Storage.Engine;

namespace Storage.Server.Logs;

/// <summary>A log group as it is stored.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">New at every creation, so that what a deleted one of the name left is not this one's.</param>
/// <param name="CreatedMillis">Milliseconds since 1970.</param>
/// <param name="StoredBytes">Of all events that came.</param>
/// <param name="RetentionDays">Null keeps events for ever.</param>
/// <param name="Class">STANDARD, unless said otherwise.</param>
internal sealed record LogGroup(string Name, string Id, long CreatedMillis, long StoredBytes, int? RetentionDays, string Class)
{
    /// <summary>All groups have this partition key, so that they are listed in the order of their names.</summary>
    internal const string PartitionKey = "groups";

    internal static Item KeyOf(string name) => Item.Of(("pk", PartitionKey), ("sk", name));

    internal static LogGroup Read(Item item) => new(
        item["sk"].AsString(),
        item["id"].AsString(),
        item["created"].AsInt64(),
        item["bytes"].AsInt64(),
        item.TryGetValue("days", out var days) ? (int)days.AsInt64() : null,
        item["class"].AsString());

    internal Item ToItem() => Item.Of(
        ("pk", PartitionKey), ("sk", Name), ("id", Id), ("created", CreatedMillis), ("bytes", StoredBytes), ("class", Class));
}
