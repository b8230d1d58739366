using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Partitions;

// Reading. Under the latch, or the writer, memory is asked and a reference to the runs is taken; the runs are asked outside.
internal sealed partial class Partition
{
    /// <summary>
    /// Reads into <paramref name="cold"/> what the runs hold of a key that memory does not have. Outside all locks; may
    /// read the disk.
    /// </summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged; the partition takes no more writes.</exception>
    internal void Prefetch(ReadOnlySpan<byte> key, ColdEntry cold)
    {
        cold.Forget();
        RunSet below;
        Latch.EnterRead();
        try
        {
            if (TryMemory(key, out _, out _))
            {
                return;
            }

            below = AcquireRuns();
        }
        finally
        {
            Latch.ExitRead();
        }

        FindBelow(below, key, cold.Value);
        cold.CheckpointLsn = below.CheckpointLsn;
    }

    /// <summary>
    /// Finds an item for the holder of <see cref="Writer"/>: in memory, or in what was prefetched. False when neither can
    /// tell: leave the locks, prefetch again. The value (empty: absent) is valid until that holder applies a change or
    /// the cold entry is used again; <paramref name="lsn"/> is what the answer, an absence included, depends on.
    /// </summary>
    internal bool TryPeek(ReadOnlySpan<byte> key, ColdEntry? cold, out ReadOnlySpan<byte> value, out long lsn)
    {
        if (TryMemory(key, out value, out lsn))
        {
            return true;
        }

        if (cold is null || !IsCurrent(cold) || closing != PartitionClosing.None)
        {
            return false;
        }

        value = cold.Value.Written;
        return true;
    }

    /// <summary>
    /// As <see cref="TryPeek"/> for who does not hold this partition's <see cref="Writer"/> but that of the base
    /// partition, which alone can change the entry: tells whether it is there.
    /// </summary>
    internal bool TryContains(ReadOnlySpan<byte> key, ColdEntry? cold, out bool present)
    {
        Latch.EnterRead();
        try
        {
            var known = TryPeek(key, cold, out var value, out _);
            present = !value.IsEmpty;
            return known;
        }
        finally
        {
            Latch.ExitRead();
        }
    }

    /// <summary>Copies one entry's value out. Returns the LSN that the answer depends on. May read the disk.</summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged; the partition takes no more writes.</exception>
    internal long Read(ReadOnlySpan<byte> key, ValueWriter value, out bool found)
    {
        long lsn;
        RunSet? below;
        Latch.EnterRead();
        try
        {
            lsn = ReadMemory(key, value, out found, out below);
        }
        finally
        {
            Latch.ExitRead();
        }

        if (below is not null)
        {
            found = FindBelow(below, key, value);
        }

        return lsn;
    }

    /// <summary>
    /// The part of <see cref="Read"/> under the latch, which the caller holds. When memory cannot tell, gives the runs
    /// for <see cref="FindBelow"/>.
    /// </summary>
    internal long ReadMemory(ReadOnlySpan<byte> key, ValueWriter value, out bool found, out RunSet? below)
    {
        below = TryMemory(key, out var bytes, out var lsn) ? null : AcquireRuns();
        found = !bytes.IsEmpty;
        if (found)
        {
            value.WriteEncoded(bytes);
        }

        return lsn;
    }

    /// <summary>Asks runs given by <see cref="ReadMemory"/>, outside all locks, and lets go of them.</summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged; the partition takes no more writes.</exception>
    internal bool FindBelow(RunSet below, ReadOnlySpan<byte> key, ValueWriter value)
    {
        try
        {
            return below.Find(key, value) == Lookup.Found;
        }
        catch (DamagedBlockException met)
        {
            MarkDamaged(met);
            throw;
        }
        finally
        {
            below.Release();
        }
    }

    /// <summary>
    /// Copies a page of each memory layer under one hold of the latch, as <see cref="SortedMemory.ReadForward"/>
    /// (ascending) or <see cref="SortedMemory.ReadBackward"/>; the far bound is not empty. Gives the runs below, for
    /// the caller to release, or null when the active page is all there is.
    /// </summary>
    internal RunSet? ReadPages(
        bool ascending, ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, int entriesMax, int bytesMax, EntryPage active, ref EntryPage? frozenPage)
    {
        RunSet? below = null;
        Latch.EnterRead();
        try
        {
            ReadPage(memory, ascending, near, far, entriesMax, bytesMax, active);
            if (!IsMemoryAll || closing != PartitionClosing.None)
            {
                frozenPage ??= new EntryPage();
                ReadPage(frozen, ascending, near, far, entriesMax, bytesMax, frozenPage);
                below = AcquireRuns();
            }
        }
        finally
        {
            Latch.ExitRead();
        }

        active.Lsn = Math.Max(active.Lsn, birthLsn);
        return below;
    }

    /// <summary>A damaged block was met in this partition's range: its writes are refused from now on.</summary>
    internal void MarkDamaged(DamagedBlockException met) => Interlocked.CompareExchange(ref damage, met, null);

    private static void ReadPage(
        SortedMemory? layer, bool ascending, ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, int entriesMax, int bytesMax, EntryPage page)
    {
        if (layer is null)
        {
            page.Clear();
            page.Exhausted = true;
        }
        else if (ascending)
        {
            layer.ReadForward(near, far, entriesMax, bytesMax, page);
        }
        else
        {
            layer.ReadBackward(near, far, entriesMax, bytesMax, page);
        }
    }

    /// <summary>
    /// Asks the layers in memory. True when they can tell: the value, empty when the key is absent. The LSN counts for
    /// their part also when they cannot; what runs hold is durable.
    /// </summary>
    private bool TryMemory(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value, out long lsn)
    {
        var found = memory.TryGet(key, out value, out lsn);
        if (!found && frozen is { } below)
        {
            found = below.TryGet(key, out value, out var leafLsn);
            lsn = Math.Max(lsn, leafLsn);
        }

        lsn = Math.Max(lsn, birthLsn);
        return found || (ReferenceEquals(runs, RunSet.Empty) && closing == PartitionClosing.None);
    }

    /// <summary>Takes a reference to the runs; the caller holds the latch.</summary>
    private RunSet AcquireRuns()
    {
        switch (closing)
        {
            case PartitionClosing.Dropped:
                throw DynamoDbException.ResourceNotFound();
            case PartitionClosing.StoreClosed:
                throw new ObjectDisposedException(null, "The store is closed.");
            default:
                runs.Acquire();
                return runs;
        }
    }
}
