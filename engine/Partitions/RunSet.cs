using Storage.Engine.Encoding;

namespace Storage.Engine.Partitions;

/// <summary>
/// The runs of a store at one moment, newest first: together the state up to <see cref="CheckpointLsn"/>. Immutable.
/// A merge gives another set of the same checkpoint and the same content. Whoever holds a reference can read it.
/// </summary>
internal sealed class RunSet
{
    private readonly RunFile[] runs;
    private int references = 1;

    /// <summary>Takes a reference to each run; the creator holds the first reference to the set.</summary>
    internal RunSet(long checkpointLsn, IReadOnlyList<RunFile> runs)
    {
        CheckpointLsn = checkpointLsn;
        this.runs = [.. runs];
        foreach (var run in this.runs)
        {
            run.Acquire();
        }
    }

    /// <summary>No runs, checkpoint 0. Acquire and Release do nothing.</summary>
    internal static RunSet Empty { get; } = new(0, []);

    internal long CheckpointLsn { get; }

    /// <summary>Newest first.</summary>
    internal IReadOnlyList<RunFile> Runs => runs;

    /// <summary>Called while the set is known to be held by someone.</summary>
    internal void Acquire()
    {
        if (runs.Length == 0)
        {
            return;
        }

        if (Interlocked.Increment(ref references) <= 1)
        {
            Interlocked.Decrement(ref references);
            throw new ObjectDisposedException(nameof(RunSet));
        }
    }

    /// <summary>The last one lets go of the runs.</summary>
    internal void Release()
    {
        if (runs.Length == 0 || Interlocked.Decrement(ref references) != 0)
        {
            return;
        }

        foreach (var run in runs)
        {
            run.Release();
        }
    }

    /// <summary>Asks the runs from the newest on; writes the value behind what <paramref name="value"/> holds when found.</summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged.</exception>
    internal Lookup Find(ReadOnlySpan<byte> key, ValueWriter value)
    {
        if (runs.Length == 0)
        {
            return Lookup.Absent;
        }

        var hash = RunFilter.HashOf(key);
        foreach (var run in runs)
        {
            var answer = run.Find(key, hash, value);
            if (answer != Lookup.Absent)
            {
                return answer;
            }
        }

        return Lookup.Absent;
    }
}
