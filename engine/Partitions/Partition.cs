namespace Storage.Engine.Partitions;

/// <summary>
/// A range of keys of one table or index: the unit of order, locking and ownership. Its state lies in layers, newest
/// first: active memory, frozen memory while a checkpoint writes it out, runs. An entry with an empty value in a layer
/// hides what the layers below hold of its key.
/// <para>Invariants. <see cref="Writer"/> is held from reading the old item until its record is applied, so a base
/// partition's layers change only under it; <see cref="Latch"/> is held exclusively only while applying or swapping
/// layers, and shared only while copying out. Lock order: writers of base partitions by id, then latches of base
/// partitions by id, then index partitions one at a time. Nothing reads or waits for the disk under either.</para>
/// <para>While there is neither frozen memory nor runs, active memory is all there is: it holds no hiding entries.</para>
/// </summary>
internal sealed partial class Partition
{
    private static readonly long EmptyBytes = new SortedMemory().UsedBytes;

    private readonly MemoryBudget budget;
    private readonly long birthLsn;
    private SortedMemory memory = new();
    private SortedMemory? frozen;
    private RunSet runs = RunSet.Empty; // a reference is held; Empty also when no run has an entry of this partition
    private DamagedBlockException? damage;
    private PartitionClosing closing; // only what had runs to let go of
    private bool closed;
    private bool changed; // since it was last frozen
    private long frozenLsn; // no later change is in frozen memory
    private long reportedBytes; // of active memory, to the budget
    private long sequence;
    private long count;
    private long sizeBytes;
    private long lastLsn;

    /// <summary>An empty partition; <paramref name="birthLsn"/> is the record that made its table or index.</summary>
    internal Partition(uint id, long birthLsn, MemoryBudget budget)
    {
        Id = id;
        this.birthLsn = birthLsn;
        this.budget = budget;
        lastLsn = birthLsn;
    }

    internal uint Id { get; }

    /// <summary>One writer at a time: check, append, apply.</summary>
    internal Lock Writer { get; } = new();

    internal ReadWriteLatch Latch { get; } = new();

    /// <summary>This partition's own dense sequence of records; changes under <see cref="Writer"/>.</summary>
    internal long Sequence
    {
        get => sequence;
        set
        {
            sequence = value;
            changed = true;
        }
    }

    /// <summary>Entries held.</summary>
    internal long Count => Volatile.Read(ref count);

    /// <summary>DynamoDB's size of all entries, bytes.</summary>
    internal long SizeBytes => Volatile.Read(ref sizeBytes);

    /// <summary>
    /// LSN of the last change. Read after <see cref="Count"/> or <see cref="SizeBytes"/> it covers what they showed.
    /// </summary>
    internal long LastLsn => Volatile.Read(ref lastLsn);

    /// <summary>What a checkpoint is writing out; unchangeable. Null when none is under way.</summary>
    internal SortedMemory? Frozen => Volatile.Read(ref frozen);

    /// <summary>Why this partition takes no more writes, or null: a damaged block was met in its range.</summary>
    internal DamagedBlockException? Damage => Volatile.Read(ref damage);

    /// <summary>True when memory alone may not know a key: <see cref="Prefetch"/> first.</summary>
    internal bool HasRuns => !ReferenceEquals(Volatile.Read(ref runs), RunSet.Empty);

    /// <summary>True while what was read from the runs is what they hold.</summary>
    internal bool IsCurrent(ColdEntry cold) => cold.CheckpointLsn == Volatile.Read(ref runs).CheckpointLsn;

    private bool IsMemoryAll => frozen is null && ReferenceEquals(runs, RunSet.Empty);

    /// <summary>Sets what a checkpoint remembered; before the partition is used.</summary>
    internal void Restore(long restoredSequence, long entryCount, long entryBytes, RunSet restoredRuns)
    {
        restoredRuns.Acquire();
        runs = restoredRuns;
        sequence = restoredSequence;
        count = entryCount;
        sizeBytes = entryBytes;
        lastLsn = Math.Max(birthLsn, restoredRuns.CheckpointLsn);
    }

    /// <summary>
    /// Makes active memory the frozen one, when it has entries; the caller holds <see cref="Writer"/> (of an index: those
    /// of all partitions of its table). Returns true when anything changed since the partition was last frozen: its state
    /// belongs into the checkpoint.
    /// </summary>
    /// <exception cref="InvalidOperationException">Frozen memory was not published yet.</exception>
    internal bool Freeze()
    {
        if (!changed)
        {
            return false;
        }

        if (memory.Count > 0)
        {
            if (frozen is not null)
            {
                throw new InvalidOperationException($"Partition {Id} is frozen already.");
            }

            var empty = new SortedMemory();
            Latch.EnterWrite();
            Volatile.Write(ref frozen, memory);
            memory = empty;
            Latch.ExitWrite();
            frozenLsn = lastLsn;
            GiveBackMemory();
        }

        changed = false;
        return true;
    }

    /// <summary>
    /// Replaces the runs, and with a newer checkpoint drops frozen memory, in one step for readers and writers. Takes
    /// <see cref="Writer"/> and <see cref="Latch"/> itself.
    /// </summary>
    internal void Publish(RunSet newer)
    {
        RunSet older;
        lock (Writer)
        {
            // A merge may publish another set of the checkpoint before while the next one is being written.
            var dropsFrozen = frozen is not null && newer.CheckpointLsn >= frozenLsn;
            if (closed || (!dropsFrozen && !HasRuns))
            {
                return; // No run has an entry of a partition that was never frozen.
            }

            newer.Acquire();
            Latch.EnterWrite();
            older = runs;
            Volatile.Write(ref runs, newer);
            if (dropsFrozen)
            {
                Volatile.Write(ref frozen, null);
            }

            Latch.ExitWrite();
        }

        older.Release(); // outside the locks: it may close and delete files
    }

    /// <summary>Lets go of the runs and gives memory back. Who still reads memory may go on; who needs the runs fails.</summary>
    internal void Close(PartitionClosing reason)
    {
        RunSet older;
        lock (Writer)
        {
            Latch.EnterWrite();
            older = runs;
            closed = true;
            if (HasRuns)
            {
                closing = reason;
                Volatile.Write(ref runs, RunSet.Empty);
            }

            Latch.ExitWrite();
            GiveBackMemory();
        }

        older.Release();
    }

    /// <summary>
    /// Puts an entry; the caller holds <see cref="Latch"/> exclusively. The sizes are DynamoDB's, before and after;
    /// <paramref name="existed"/> tells whether there was an entry before, which memory alone cannot know.
    /// </summary>
    internal void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool existed, int oldSizeBytes, int newSizeBytes, long lsn)
    {
        Changed(lsn);
        var replaced = memory.Put(key, value, lsn);
        if (IsMemoryAll)
        {
            // Older logs call an entry of an index being filled replaced before it is there. They are only ever folded
            // into memory.
            existed = replaced;
        }

        if (!existed)
        {
            oldSizeBytes = 0;
            Volatile.Write(ref count, count + 1);
        }

        Volatile.Write(ref sizeBytes, sizeBytes + newSizeBytes - oldSizeBytes);
        ReportMemory();
    }

    /// <summary>Removes an entry; the caller holds <see cref="Latch"/> exclusively.</summary>
    internal void Remove(ReadOnlySpan<byte> key, bool existed, int oldSizeBytes, long lsn)
    {
        Changed(lsn);
        if (IsMemoryAll)
        {
            existed = memory.Remove(key, lsn);
        }
        else
        {
            memory.Put(key, default, lsn);
        }

        if (existed)
        {
            Volatile.Write(ref count, count - 1);
            Volatile.Write(ref sizeBytes, sizeBytes - oldSizeBytes);
        }

        ReportMemory();
    }

    private void ReportMemory()
    {
        var bytes = memory.UsedBytes - EmptyBytes;
        if (bytes != reportedBytes)
        {
            budget.Report(bytes - reportedBytes);
            reportedBytes = bytes;
        }
    }

    private void GiveBackMemory()
    {
        budget.Report(-reportedBytes);
        reportedBytes = 0;
    }

    /// <summary>Index partitions take records of several base partitions, and not always in the order of their LSNs.</summary>
    private void Changed(long lsn)
    {
        changed = true;
        Volatile.Write(ref lastLsn, Math.Max(lastLsn, lsn));
    }
}
