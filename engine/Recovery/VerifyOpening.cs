using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>The state that opening a store gives, made by the same steps, without changing a file.</summary>
internal sealed class VerifyOpening : IDisposable
{
    private const int CacheBytes = 32 * 1024 * 1024;

    private readonly BlockCache cache = new(CacheBytes);
    private readonly List<RunFile> runs = [];
    private readonly RunSet set = RunSet.Empty;

    /// <summary>Opens the runs, restores what they say, and folds the log's tail over it.</summary>
    /// <exception cref="InvalidDataException">Something is damaged; the text names it.</exception>
    internal VerifyOpening(IStoreFiles files, Manifest? manifest)
    {
        try
        {
            if (manifest is not null)
            {
                foreach (var run in manifest.Runs)
                {
                    runs.Add(RunFile.Open(files, RunKind.State, manifest.Store, run, cache));
                }

                set = new RunSet(manifest.Position.Lsn, runs);
            }

            State.Restore(set);
            if (files.List().Any(name => SegmentFiles.TryParse(name, out _)))
            {
                LogPosition? from = manifest is { Position.Lsn: > 0 } ? manifest.Position : null;
                using var segments = SegmentFiles.Open(files, new LogOptions(), from);
                End = new LogScan(segments, from ?? LogPosition.Start(segments.Geometry), State.Applier).Run();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal DatabaseState State { get; } = new();

    /// <summary>Newest first.</summary>
    internal IReadOnlyList<RunFile> Runs => runs;

    /// <summary>Where the log ends; null when there is none.</summary>
    internal LogEnd? End { get; }

    public void Dispose()
    {
        State.Close();
        set.Release();
        runs.ForEach(run => run.Release());
        cache.Dispose();
    }
}
