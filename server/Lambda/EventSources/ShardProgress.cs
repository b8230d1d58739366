using System.Collections.Immutable;
using Storage.Engine.Model;

namespace Storage.Server.Lambda.EventSources;

/// <summary>
/// How far the lanes of a shard have come, in memory and durably. A lane advances only over records that are done, so
/// that a checkpoint never passes an unfinished one.
/// </summary>
internal sealed class ShardProgress(MappingWork work, string shardId, ShardCheckpoint checkpoint)
{
    private readonly Lock gate = new();
    private ImmutableArray<ChangePosition> lanes = checkpoint.Lanes;
    private ImmutableArray<ImmutableArray<ChangePosition>> prior = checkpoint.Prior;
    private Task saving = Task.CompletedTask;
    private Task? next;
    private bool isSaved = true;

    internal string ShardId => shardId;

    internal int Factor { get; } = checkpoint.Lanes.Length;

    internal ChangePosition PositionOf(int lane)
    {
        lock (gate)
        {
            return lanes[lane];
        }
    }

    /// <summary>Whether lanes of a former parallelization factor have done a record.</summary>
    internal bool IsDone(SourceRecord record)
    {
        ImmutableArray<ImmutableArray<ChangePosition>> former;
        lock (gate)
        {
            former = prior;
        }

        return ShardCheckpoint.IsDone(former, record.Position, record.KeyHash);
    }

    /// <summary>All records of the lane up to a position are done; not durable before <see cref="SaveAsync"/>.</summary>
    internal void Advance(int lane, ChangePosition position)
    {
        lock (gate)
        {
            if (position > lanes[lane])
            {
                lanes = lanes.SetItem(lane, position);
                isSaved = false;
            }
        }
    }

    /// <summary>
    /// Completes when all progress made before the call is durable. Lanes that call while a write is under way share the
    /// next one.
    /// </summary>
    internal Task SaveAsync()
    {
        lock (gate)
        {
            // The write under way has all that was made before it took its snapshot.
            return isSaved && next is null ? saving : next ??= SaveAfterAsync(saving);
        }
    }

    private async Task SaveAfterAsync(Task previous)
    {
        await Task.Yield(); // SaveAsync holds the gate, and must have noted this task first.
        try
        {
            await previous;
        }
        catch (Exception) when (previous.IsFaulted)
        {
            // Its callers know; this write covers what that one should have.
        }

        ShardCheckpoint snapshot;
        lock (gate)
        {
            saving = next!;
            next = null;
            isSaved = true;
            snapshot = new ShardCheckpoint(lanes, prior).WithoutPassed();
            prior = snapshot.Prior;
        }

        try
        {
            // Not to be cancelled: the records are done, and whoever stops waits for this.
            await work.Table.PutCheckpointAsync(work.Uuid, shardId, snapshot, CancellationToken.None);
        }
        catch
        {
            lock (gate)
            {
                isSaved = false;
            }

            throw;
        }
    }
}
