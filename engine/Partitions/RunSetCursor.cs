namespace Storage.Engine.Partitions;

/// <summary>
/// Walks the union of a set's runs in key order, either way: of each key its newest entry, removals included. Reusable;
/// between <see cref="Start"/> and <see cref="Stop"/> it holds the set and one block of each run.
/// </summary>
internal sealed class RunSetCursor
{
    /// <summary>
    /// Begins before the first key of low &lt;= key &lt; high (at its high end, going backward). An empty high is unbounded.
    /// </summary>
    internal void Start(RunSet runs, ReadOnlySpan<byte> low, ReadOnlySpan<byte> high, bool ascending) => throw new NotImplementedException();

    /// <summary>Moves to the next entry; false at the end of the range.</summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged.</exception>
    internal bool MoveNext() => throw new NotImplementedException();

    /// <summary>Valid until the next move.</summary>
    internal ReadOnlySpan<byte> Key => throw new NotImplementedException();

    /// <summary>Empty when the key was removed. Valid until the next move.</summary>
    internal ReadOnlySpan<byte> Value => throw new NotImplementedException();

    /// <summary>Lets go of blocks and set; may be called twice.</summary>
    internal void Stop() => throw new NotImplementedException();
}
