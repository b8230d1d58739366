using Storage.Engine.Encoding;

namespace Storage.Engine.Partitions;

/// <summary>
/// The runs of a store at one moment, newest first: together the state up to <see cref="CheckpointLsn"/>. Immutable.
/// A merge gives another set of the same checkpoint and the same content. Whoever holds a reference can read it.
/// </summary>
internal sealed class RunSet
{
    /// <summary>No runs, checkpoint 0. Acquire and Release do nothing.</summary>
    internal static RunSet Empty { get; } = new(0, []);

    /// <summary>Takes a reference to each run; the creator holds the first reference to the set.</summary>
    internal RunSet(long checkpointLsn, IReadOnlyList<RunFile> runs)
    {
        CheckpointLsn = checkpointLsn;
        Runs = runs;
    }

    internal long CheckpointLsn { get; }

    /// <summary>Newest first.</summary>
    internal IReadOnlyList<RunFile> Runs { get; }

    /// <summary>Called while the set is known to be held by someone.</summary>
    internal void Acquire() => throw new NotImplementedException();

    /// <summary>The last one lets go of the runs.</summary>
    internal void Release() => throw new NotImplementedException();

    /// <summary>Asks the runs from the newest on; writes the value behind what <paramref name="value"/> holds when found.</summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged.</exception>
    internal Lookup Find(ReadOnlySpan<byte> key, ValueWriter value) => throw new NotImplementedException();
}
