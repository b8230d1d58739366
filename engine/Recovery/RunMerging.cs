using Storage.Engine.Partitions;

namespace Storage.Engine.Recovery;

/// <summary>
/// Keeps the runs of one kind few: merges neighbours in tiers. Inputs stay in use until the manifest names the output
/// in their place, and checkpoints go on meanwhile.
/// </summary>
internal sealed class RunMerging(LiveManifest live, RunKind kind, int mergeRuns) : IDisposable
{
    /// <summary>A merge reads each block once: more than the blocks it stands on would only push out what readers need.</summary>
    private const long CacheBytes = 1024 * 1024;

    private readonly SemaphoreSlim merging = new(1);

    /// <summary>Runs of the lowest level that no merge has taken in yet.</summary>
    internal int FreshRuns => Infos(live.Current).Count(run => run.Level == 0);

    /// <summary>
    /// The runs to merge next: neighbours of one level, newest first; empty when no level has enough. Levels never
    /// shrink from new to old, so the runs of a level are neighbours.
    /// </summary>
    internal static IReadOnlyList<RunInfo> Choose(IReadOnlyList<RunInfo> runs, int mergeRuns) =>
        runs.GroupBy(run => run.Level).OrderBy(level => level.Key).FirstOrDefault(level => level.Count() >= mergeRuns)?.ToArray() ?? [];

    /// <summary>Makes the merge that is due; false when none is.</summary>
    /// <param name="isDead">Entries that need not live on.</param>
    /// <param name="publish">Hands the new runs to their readers.</param>
    /// <param name="cancellation">Leaves the merge; its output is deleted.</param>
    /// <param name="note">What else the manifest is to say once the inputs are gone.</param>
    internal async Task<bool> MergeOnceAsync(
        DeadEntry isDead, Action<RunSet> publish, CancellationToken cancellation, Func<Manifest, Manifest>? note = null)
    {
        await merging.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var all = Infos(live.Current);
            var inputs = Choose(all, mergeRuns);
            if (inputs.Count == 0)
            {
                return false;
            }

            // Only checkpoints add runs meanwhile, and those are newer: what is below the inputs stays below them.
            var isOldest = inputs[^1] == all[^1];
            var output = Merge(inputs, isOldest, isDead, cancellation);
            try
            {
                await live.ReplaceAsync(
                    manifest => Replace(note?.Invoke(manifest) ?? manifest, inputs, output), publish, cancellation).ConfigureAwait(false);
                return true;
            }
            catch
            {
                await live.DiscardAsync(kind, output is null ? [] : [output]).ConfigureAwait(false);
                throw;
            }
        }
        finally
        {
            merging.Release();
        }
    }

    public void Dispose() => merging.Dispose();

    private IReadOnlyList<RunInfo> Infos(Manifest manifest) => kind == RunKind.State ? manifest.Runs : manifest.History;

    private RunInfo? Merge(IReadOnlyList<RunInfo> inputs, bool isOldest, DeadEntry isDead, CancellationToken cancellation)
    {
        var number = live.TakeNumber();
        var name = RunWriter.NameOf(kind, number);
        using var cache = new BlockCache(CacheBytes);
        var opened = new List<RunFile>();
        try
        {
            foreach (var info in inputs)
            {
                opened.Add(RunFile.Open(live.Files, kind, live.Current.Store, info, cache));
            }

            var output = RunMerge.Run(
                live.Files, kind, live.Current.Store, number, inputs[0].Level + 1, opened, isOldest, isDead, live.Layout, cancellation);
            if (output.EntryCount == 0)
            {
                live.TryDelete(name);
                return null;
            }

            live.Files.SyncDirectory();
            return output;
        }
        catch
        {
            live.TryDelete(name);
            throw;
        }
        finally
        {
            opened.ForEach(run => run.Release());
        }
    }

    private Manifest Replace(Manifest manifest, IReadOnlyList<RunInfo> inputs, RunInfo? output)
    {
        // A checkpoint may have let go of the oldest history files meanwhile, inputs too: what is left of them is behind all.
        var runs = Infos(manifest).ToList();
        var at = runs.FindIndex(inputs.Contains);
        runs.RemoveAll(inputs.Contains);
        if (output is not null)
        {
            runs.Insert(at < 0 ? runs.Count : at, output);
        }

        return kind == RunKind.State ? manifest with { Runs = runs } : manifest with { History = runs };
    }
}
