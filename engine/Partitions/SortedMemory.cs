namespace Storage.Engine.Partitions;

/// <summary>An ordered tree of packed keys and value bytes. Not synchronised: its partition's latch guards it.</summary>
internal sealed class SortedMemory
{
    /// <summary>Entries held.</summary>
    internal long Count => throw new NotImplementedException();

    /// <summary>Memory taken by nodes and values, bytes.</summary>
    internal long UsedBytes => throw new NotImplementedException();

    /// <summary>
    /// Finds a key. The value's span is valid until the next change. <paramref name="leafLsn"/> is the last LSN that
    /// changed the leaf, also when the key is absent.
    /// </summary>
    internal bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value, out long leafLsn) => throw new NotImplementedException();

    /// <summary>Inserts or replaces; returns true when it replaced.</summary>
    internal bool Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long lsn) => throw new NotImplementedException();

    /// <summary>Removes; returns false when the key was absent (the leaf's LSN moves all the same).</summary>
    internal bool Remove(ReadOnlySpan<byte> key, long lsn) => throw new NotImplementedException();

    /// <summary>
    /// Copies entries with <paramref name="from"/> &lt;= key &lt; <paramref name="end"/> in ascending order until the page holds
    /// <paramref name="entriesMax"/> entries or at least <paramref name="bytesMax"/> bytes. An empty end means no bound.
    /// </summary>
    internal void ReadForward(ReadOnlySpan<byte> from, ReadOnlySpan<byte> end, int entriesMax, int bytesMax, EntryPage page) => throw new NotImplementedException();

    /// <summary>
    /// Copies entries with <paramref name="start"/> &lt;= key &lt; <paramref name="below"/> in descending order, as
    /// <see cref="ReadForward"/> does. An empty below means no bound.
    /// </summary>
    internal void ReadBackward(ReadOnlySpan<byte> below, ReadOnlySpan<byte> start, int entriesMax, int bytesMax, EntryPage page) => throw new NotImplementedException();
}
