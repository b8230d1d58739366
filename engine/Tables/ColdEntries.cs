using Storage.Engine.Encoding;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// Entries that one piece of work needs from the disk. They are read outside all locks; under the locks memory and what
/// was read answer. A key that neither can tell is noted: leave the locks, <see cref="Prefetch"/>, and do it again.
/// Reusable; not shared between threads.
/// </summary>
internal sealed class ColdEntries
{
    private const int KeptMax = 4;
    private const int KeptBytesMax = 128 * 1024;

    private readonly List<Slot> slots = []; // those in use first
    private int count;

    /// <summary>Notes a key to be read, unless memory is all that its partition has.</summary>
    internal void Want(Partition partition, ReadOnlySpan<byte> key)
    {
        if (partition.HasRuns)
        {
            Add(partition, key);
        }
    }

    /// <summary>Reads what was noted, outside all locks.</summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged; its partition takes no more writes.</exception>
    internal void Prefetch()
    {
        for (var i = 0; i < count; i++)
        {
            var slot = slots[i];
            if (!slot.Partition!.IsCurrent(slot.Entry))
            {
                slot.Partition.Prefetch(slot.Key.Span, slot.Entry);
            }
        }
    }

    /// <summary>As <see cref="Partition.TryPeek"/>; when false the key is noted.</summary>
    internal bool TryPeek(Partition partition, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value, out long lsn)
    {
        if (partition.TryPeek(key, null, out value, out lsn))
        {
            return true;
        }

        var found = Find(partition, key);
        if (found is null)
        {
            Add(partition, key);
            return false;
        }

        return partition.TryPeek(key, found.Entry, out value, out lsn);
    }

    /// <summary>As <see cref="Partition.TryContains"/>; when false the key is noted.</summary>
    internal bool TryContains(Partition partition, ReadOnlySpan<byte> key, out bool present)
    {
        if (partition.TryContains(key, null, out present))
        {
            return true;
        }

        var found = Find(partition, key);
        if (found is null)
        {
            Add(partition, key);
            return false;
        }

        return partition.TryContains(key, found.Entry, out present);
    }

    /// <summary>What the last <see cref="Prefetch"/> found in runs; false when it did not have to look there.</summary>
    internal bool TryGetPrefetched(Partition partition, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        var found = Find(partition, key);
        var read = found is { Entry.CheckpointLsn: >= 0 };
        value = read ? found!.Entry.Value.Written : default;
        return read;
    }

    /// <summary>Forgets the keys, and memory beyond what a common piece of work needs.</summary>
    internal void Clear()
    {
        for (var i = 0; i < count; i++)
        {
            slots[i].Partition = null;
            if (i >= KeptMax || slots[i].Entry.Value.Length > KeptBytesMax)
            {
                slots[i].Entry.Dispose();
                slots.RemoveAt(i--);
                count--;
            }
        }

        count = 0;
    }

    private void Add(Partition partition, ReadOnlySpan<byte> key)
    {
        if (count == slots.Count)
        {
            slots.Add(new Slot());
        }

        var slot = slots[count++];
        slot.Partition = partition;
        slot.Key.CopyFrom(key);
        slot.Entry.Forget();
    }

    private Slot? Find(Partition partition, ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < count; i++)
        {
            if (slots[i].Partition == partition && slots[i].Key.Span.SequenceEqual(key))
            {
                return slots[i];
            }
        }

        return null;
    }

    private sealed class Slot
    {
        internal Partition? Partition { get; set; }

        internal KeyBuffer Key { get; } = new();

        internal ColdEntry Entry { get; } = new();
    }
}
