namespace Storage.Engine.Partitions;

/// <summary>
/// Bytes of active sorted memory in all partitions of a store, and how many there may be. Partitions report what they
/// took or gave back after each change.
/// </summary>
/// <param name="checkpointBytes">A checkpoint is wanted from here on.</param>
/// <param name="bytesMax">Writers wait from here on.</param>
internal sealed class MemoryBudget(long checkpointBytes, long bytesMax)
{
    private long activeBytes;

    /// <summary>For a store in memory only.</summary>
    internal static MemoryBudget Unlimited() => new(long.MaxValue, long.MaxValue);

    /// <summary>Memory taken by active sorted memory, bytes.</summary>
    internal long ActiveBytes => Volatile.Read(ref activeBytes);

    internal bool HasRoom => ActiveBytes < bytesMax;

    internal bool WantsCheckpoint => ActiveBytes >= checkpointBytes;

    /// <summary>A partition's active memory grew or shrank by that much.</summary>
    internal void Report(long bytes) => Interlocked.Add(ref activeBytes, bytes);
}
