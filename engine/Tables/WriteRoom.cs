using Storage.Engine.Log;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>Back-pressure before locks: room in the log for undurable bytes, and in memory for what is not in runs yet.</summary>
internal sealed class WriteRoom(StoreLog log, MemoryBudget budget)
{
    /// <summary>True while a write need not wait.</summary>
    internal bool Exists => log.HasRoom && budget.HasRoom;

    /// <summary>Completes when there is room. Background work waits also while checkpoints fail.</summary>
    /// <exception cref="IOException">Writes have stopped, or memory is full and cannot be written out.</exception>
    internal async ValueTask WaitAsync(CancellationToken cancellation, bool inBackground = false)
    {
        // The log first: when writes have stopped, nobody may be left waiting for memory that no checkpoint gives back.
        await log.WaitForRoomAsync(cancellation).ConfigureAwait(false);
        if (!budget.HasRoom)
        {
            await budget.WaitForRoomAsync(inBackground, cancellation).ConfigureAwait(false);
            await log.WaitForRoomAsync(cancellation).ConfigureAwait(false);
        }
    }
}
