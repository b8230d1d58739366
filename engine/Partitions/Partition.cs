using Storage.Engine.Encoding;

namespace Storage.Engine.Partitions;

/// <summary>
/// A range of keys of one table or index: the unit of order, locking and ownership.
/// <para>Invariants. <see cref="Writer"/> is held from reading the old item until its record is applied, so a base
/// partition's tree changes only under it; <see cref="Latch"/> is held exclusively only while applying and shared only
/// while copying out. Lock order: writers of base partitions by id, then latches of base partitions by id, then
/// index partitions one at a time. Nothing waits for the disk under either.</para>
/// </summary>
internal sealed class Partition
{
    private readonly SortedMemory memory = new();
    private readonly long birthLsn;
    private long count;
    private long sizeBytes;
    private long lastLsn;

    /// <summary>An empty partition; <paramref name="birthLsn"/> is the record that made its table or index.</summary>
    internal Partition(uint id, long birthLsn)
    {
        Id = id;
        this.birthLsn = birthLsn;
        lastLsn = birthLsn;
    }

    internal uint Id { get; }

    /// <summary>One writer at a time: check, append, apply.</summary>
    internal Lock Writer { get; } = new();

    internal ReadWriteLatch Latch { get; } = new();

    /// <summary>This partition's own dense sequence of records; changes under <see cref="Writer"/>.</summary>
    internal long Sequence { get; set; }

    /// <summary>Entries held.</summary>
    internal long Count => Volatile.Read(ref count);

    /// <summary>DynamoDB's size of all entries, bytes.</summary>
    internal long SizeBytes => Volatile.Read(ref sizeBytes);

    /// <summary>
    /// LSN of the last change. Read after <see cref="Count"/> or <see cref="SizeBytes"/> it covers what they showed.
    /// </summary>
    internal long LastLsn => Volatile.Read(ref lastLsn);

    /// <summary>
    /// Finds an item for the holder of <see cref="Writer"/>; the span is valid until that holder applies a change.
    /// Returns the LSN that what was seen, an absence included, depends on.
    /// </summary>
    internal long Peek(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value, out bool found)
    {
        found = memory.TryGet(key, out value, out var leafLsn);
        return Math.Max(leafLsn, birthLsn);
    }

    /// <summary>Copies entries of a range, as <see cref="SortedMemory.ReadForward"/>, under the latch.</summary>
    internal void ReadForward(ReadOnlySpan<byte> from, ReadOnlySpan<byte> end, int entriesMax, int bytesMax, EntryPage page)
    {
        Latch.EnterRead();
        try
        {
            memory.ReadForward(from, end, entriesMax, bytesMax, page);
        }
        finally
        {
            Latch.ExitRead();
        }

        page.Lsn = Math.Max(page.Lsn, birthLsn);
    }

    /// <summary>Copies entries of a range, as <see cref="SortedMemory.ReadBackward"/>, under the latch.</summary>
    internal void ReadBackward(ReadOnlySpan<byte> below, ReadOnlySpan<byte> start, int entriesMax, int bytesMax, EntryPage page)
    {
        Latch.EnterRead();
        try
        {
            memory.ReadBackward(below, start, entriesMax, bytesMax, page);
        }
        finally
        {
            Latch.ExitRead();
        }

        page.Lsn = Math.Max(page.Lsn, birthLsn);
    }

    /// <summary>Copies one entry's value out under the latch. Returns the LSN that the answer depends on.</summary>
    internal long Read(ReadOnlySpan<byte> key, ValueWriter value, out bool found)
    {
        Latch.EnterRead();
        try
        {
            var lsn = Peek(key, out var bytes, out found);
            if (found)
            {
                value.WriteEncoded(bytes);
            }

            return lsn;
        }
        finally
        {
            Latch.ExitRead();
        }
    }

    /// <summary>What a checkpoint is writing out; unchangeable. Null when none is under way.</summary>
    internal SortedMemory? Frozen => throw new NotImplementedException();

    /// <summary>Why this partition takes no more writes, or null: a damaged block was met in its range.</summary>
    internal DamagedBlockException? Damage => throw new NotImplementedException();

    /// <summary>Sets what a checkpoint remembered; before the partition is used.</summary>
    internal void Restore(long sequence, long entryCount, long entryBytes, RunSet runs) => throw new NotImplementedException();

    /// <summary>
    /// Makes active memory the frozen one, when it has entries; the caller holds <see cref="Writer"/>. Returns true when
    /// anything changed since the partition was last frozen: its state belongs into the checkpoint.
    /// </summary>
    internal bool Freeze() => throw new NotImplementedException();

    /// <summary>
    /// Replaces the runs, and with a newer checkpoint drops frozen memory, in one step for readers and writers. Takes
    /// <see cref="Writer"/> and <see cref="Latch"/> itself.
    /// </summary>
    internal void Publish(RunSet runs) => throw new NotImplementedException();

    /// <summary>
    /// Reads into <paramref name="cold"/> what the runs hold of a key that memory does not have. Outside all locks; may
    /// read the disk.
    /// </summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged; the partition takes no more writes.</exception>
    internal void Prefetch(ReadOnlySpan<byte> key, ColdEntry cold) => throw new NotImplementedException();

    /// <summary>
    /// Finds an item for the holder of <see cref="Writer"/>: in memory, or in what was prefetched. False when neither can
    /// tell: leave the locks, prefetch again. The value (empty: absent) is valid until that holder applies a change or
    /// the cold entry is used again; <paramref name="lsn"/> is what the answer depends on.
    /// </summary>
    internal bool TryPeek(ReadOnlySpan<byte> key, ColdEntry cold, out ReadOnlySpan<byte> value, out long lsn) => throw new NotImplementedException();

    /// <summary>Puts an entry; the caller holds <see cref="Latch"/> exclusively. The sizes are DynamoDB's, before and after.</summary>
    internal void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int oldSizeBytes, int newSizeBytes, long lsn)
    {
        Changed(lsn);
        var replaced = memory.Put(key, value, lsn);
        if (!replaced)
        {
            Volatile.Write(ref count, count + 1);
        }

        // Of an index being filled, an entry may be replaced before it is there.
        Volatile.Write(ref sizeBytes, sizeBytes + newSizeBytes - (replaced ? oldSizeBytes : 0));
    }

    /// <summary>Removes an entry; the caller holds <see cref="Latch"/> exclusively.</summary>
    internal void Remove(ReadOnlySpan<byte> key, int oldSizeBytes, long lsn)
    {
        Changed(lsn);
        if (memory.Remove(key, lsn))
        {
            Volatile.Write(ref count, count - 1);
            Volatile.Write(ref sizeBytes, sizeBytes - oldSizeBytes);
        }
    }

    /// <summary>Index partitions take records of several base partitions, and not always in the order of their LSNs.</summary>
    private void Changed(long lsn) => Volatile.Write(ref lastLsn, Math.Max(lastLsn, lsn));
}
