using Storage.Engine.Encoding;

namespace Storage.Engine.Partitions;

/// <summary>
/// What the runs hold of one key, read before any lock was taken. It counts under the lock only while the partition's
/// runs are of the same checkpoint and memory does not have the key. Reusable; not shared between threads.
/// </summary>
internal sealed class ColdEntry : IDisposable
{
    /// <summary>Checkpoint of the runs that were read; -1 when none were.</summary>
    internal long CheckpointLsn { get; set; } = -1;

    /// <summary>The value, empty when the runs do not have the key.</summary>
    internal ValueWriter Value { get; } = ValueWriter.Rent();

    internal void Forget()
    {
        CheckpointLsn = -1;
        Value.Clear();
    }

    public void Dispose() => Value.Dispose();
}
