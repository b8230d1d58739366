namespace Storage.Engine.Partitions;

/// <summary>
/// Walks the union of a set's runs in key order, either way: of each key its newest entry, removals included. Reusable;
/// between <see cref="Start"/> and <see cref="Stop"/> it holds the set and one block of each run.
/// </summary>
internal sealed class RunSetCursor
{
    private readonly RunRange range = new();
    private readonly RunUnion union = new();
    private readonly List<RunCursor> cursors = [];
    private RunSet? held;

    /// <summary>
    /// Begins before the first key of low &lt;= key &lt; high (at its high end, going backward). An empty high is
    /// unbounded. Reads nothing yet.
    /// </summary>
    internal void Start(RunSet runs, ReadOnlySpan<byte> low, ReadOnlySpan<byte> high, bool ascending)
    {
        Stop();
        runs.Acquire();
        held = runs;
        range.Set(low, high, ascending);
        union.Begin(ascending);
        if (!high.IsEmpty && low.SequenceCompareTo(high) >= 0)
        {
            return;
        }

        while (cursors.Count < runs.Runs.Count)
        {
            cursors.Add(new RunCursor());
        }

        for (var i = 0; i < runs.Runs.Count; i++)
        {
            cursors[i].Start(runs.Runs[i], range);
            union.Add(cursors[i]);
        }
    }

    /// <summary>Moves to the next entry; false at the end of the range.</summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged.</exception>
    internal bool MoveNext() => union.MoveNext();

    /// <summary>Valid until the next move.</summary>
    internal ReadOnlySpan<byte> Key => union.Key;

    /// <summary>Empty when the key was removed. Valid until the next move.</summary>
    internal ReadOnlySpan<byte> Value => union.Value;

    /// <summary>Lets go of blocks and set; may be called twice. After a failed move there is nothing left but this.</summary>
    internal void Stop()
    {
        union.Begin(isAscending: true);
        foreach (var cursor in cursors)
        {
            cursor.Stop();
        }

        held?.Release();
        held = null;
    }
}
