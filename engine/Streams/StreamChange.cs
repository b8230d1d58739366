using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Streams;

/// <summary>
/// One change of an item. Its images lie in memory that is never written again, but may be shared with many other changes:
/// who keeps one for long copies it.
/// </summary>
internal sealed class StreamChange
{
    internal required ChangePosition Position { get; init; }

    /// <summary>The record's time, microseconds since 1970-01-01 UTC.</summary>
    internal required long TimeMicros { get; init; }

    /// <summary>The table or, of the table's partitions, the one that made the change: the stream's shard.</summary>
    internal required uint TableId { get; init; }

    internal required uint PartitionId { get; init; }

    internal required ChangeFlags Flags { get; init; }

    /// <summary>The new item, an encoded Map; empty when it was removed.</summary>
    internal required ReadOnlyMemory<byte> NewImage { get; init; }

    /// <summary>The item before, an encoded Map; empty when there was none.</summary>
    internal required ReadOnlyMemory<byte> OldImage { get; init; }

    /// <summary>Copies a change out of a record or a history entry.</summary>
    internal static StreamChange Of(ChangePosition position, long timeMicros, uint tableId, uint partitionId, in Change change)
    {
        var images = new byte[change.NewImage.Length + change.OldImage.Length];
        change.NewImage.CopyTo(images);
        change.OldImage.CopyTo(images.AsSpan(change.NewImage.Length));
        return new StreamChange
        {
            Position = position,
            TimeMicros = timeMicros,
            TableId = tableId,
            PartitionId = partitionId,
            Flags = change.Flags,
            NewImage = images.AsMemory(0, change.NewImage.Length),
            OldImage = images.AsMemory(change.NewImage.Length),
        };
    }
}
