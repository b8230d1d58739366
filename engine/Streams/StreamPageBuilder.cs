using Storage.Engine.Model;

namespace Storage.Engine.Streams;

/// <summary>Collects the changes that a reader wants until there are enough of them.</summary>
/// <param name="partitionId">The only partition wanted; null: all.</param>
/// <param name="after">Changes up to here are not wanted.</param>
/// <param name="changesMax">At most so many.</param>
/// <param name="bytesMax">The change that brings the images to this many bytes is the last one.</param>
/// <param name="keptSinceMicros">Older changes are not shown.</param>
internal sealed class StreamPageBuilder(uint? partitionId, ChangePosition after, int changesMax, int bytesMax, long keptSinceMicros)
{
    private readonly List<StreamChange> changes = [];
    private readonly ChangePosition start = after;
    private int bytes;

    /// <summary>All up to here was looked at.</summary>
    internal ChangePosition Next { get; private set; } = after;

    internal bool IsFull { get; private set; }

    /// <summary>Whether nothing durable lay behind <see cref="Next"/>.</summary>
    internal bool IsAtEnd { get; set; }

    /// <summary>Whether the reader has missed changes that are no longer shown. Not one that wants all there is.</summary>
    internal bool HasMissed { get; private set; }

    internal long KeptSinceMicros => keptSinceMicros;

    /// <summary>Whether a change behind <see cref="Next"/> belongs on the page; its copy is then given to <see cref="Add"/>.</summary>
    internal bool Wants(long timeMicros, uint partition)
    {
        if (timeMicros < keptSinceMicros)
        {
            HasMissed |= start != default;
            return false;
        }

        return partitionId is null || partition == partitionId;
    }

    /// <summary>Looks at one change; false, and it is not looked at, once there are enough.</summary>
    internal bool TryAdd(uint tableId, in TailChange change)
    {
        if (IsFull)
        {
            return false;
        }

        if (Wants(change.TimeMicros, change.PartitionId))
        {
            Add(change.ToStreamChange(tableId));
        }

        MoveTo(change.Position);
        return true;
    }

    internal void Add(StreamChange change)
    {
        changes.Add(change);
        bytes += change.NewImage.Length + change.OldImage.Length;
        IsFull = changes.Count >= changesMax || bytes >= bytesMax;
    }

    /// <summary>All up to there was looked at.</summary>
    internal void MoveTo(ChangePosition position)
    {
        if (position > Next)
        {
            Next = position;
        }
    }

    /// <summary>Changes up to there are gone.</summary>
    internal void SkipTrimmed(ChangePosition horizon)
    {
        if (horizon > Next)
        {
            HasMissed |= start != default;
            Next = horizon;
        }
    }

    internal StreamPage Build() => new(changes, Next, IsAtEnd) { HasMissed = HasMissed };
}
