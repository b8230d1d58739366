using Storage.Engine.Model;

namespace Storage.Engine;

/// <summary>One change of an item as a table's change feed shows it: both images, whatever the stream's view.</summary>
public sealed class ItemChange
{
    /// <summary>Where the change lies; read on behind it after a restart.</summary>
    public required ChangePosition Position { get; init; }

    /// <summary>What happened.</summary>
    public required ItemChangeKind Kind { get; init; }

    /// <summary>When it happened, by the store's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The shard of the table's stream that has the change: one partition key is always in one shard.</summary>
    public required string ShardId { get; init; }

    /// <summary>The item's key attributes.</summary>
    public required Item Keys { get; init; }

    /// <summary>The item now; null when it was removed.</summary>
    public required Item? NewImage { get; init; }

    /// <summary>The item before; null when there was none.</summary>
    public required Item? OldImage { get; init; }

    /// <summary>Whether the item was removed because it expired: DynamoDB names itself as who did it.</summary>
    public required bool IsExpiry { get; init; }
}
