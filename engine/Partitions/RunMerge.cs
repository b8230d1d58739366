using Storage.Engine.Files;

namespace Storage.Engine.Partitions;

/// <summary>Writes the union of neighbouring runs as one run: of each key its newest entry.</summary>
internal static class RunMerge
{
    /// <summary>Merges inputs (newest first, held by the caller) into a file of that number and level.</summary>
    /// <remarks>
    /// dropsRemovals: no older run is left below, so removals have nothing to hide.
    /// isDead: entries that need not live on, of dropped tables or of expired history. Returns what the
    /// manifest must know; with an EntryCount of 0 nothing was left, and the file exists all the same.
    /// </remarks>
    /// <exception cref="DamagedBlockException">An input is damaged; the unfinished output is the caller's to delete.</exception>
    internal static RunInfo Run(
        IStoreFiles files, RunKind kind, Guid store, long number, int level, IReadOnlyList<RunFile> inputs, bool dropsRemovals,
        DeadEntry isDead, CancellationToken cancellation) => throw new NotImplementedException();
}

/// <summary>Says whether an entry may be left out of a merge.</summary>
internal delegate bool DeadEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
