using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;

namespace Storage.Engine.Recovery;

/// <summary>
/// The manifest of an open store with its files open. Changes happen one at a time: whole new files first, then the
/// manifest that names them, then everybody reads them, then superseded files go.
/// </summary>
internal sealed class LiveManifest : IStreamHistory, IDisposable
{
    private readonly BlockCache cache;
    private readonly SemaphoreSlim changing = new(1);
    private readonly Lock current = new(); // held while manifest and sets change, for readers of the history
    private readonly Dictionary<long, RunFile> open = [];
    private readonly HashSet<long> uncertain = []; // files that a manifest on disk may name although its replacement failed
    private long nextFileNumber;

    private LiveManifest(IStoreFiles files, Manifest manifest, BlockCache cache, RunLayout layout)
    {
        Files = files;
        Current = manifest;
        this.cache = cache;
        Layout = layout;
        nextFileNumber = manifest.NextFileNumber;
        OpenNew(manifest);
        Runs = SetOf(manifest.Runs, manifest.Position.Lsn);
        History = SetOf(manifest.History, manifest.Position.Lsn);
    }

    internal IStoreFiles Files { get; }

    internal BlockCache Cache => cache;

    internal RunLayout Layout { get; }

    /// <summary>The manifest on disk.</summary>
    internal Manifest Current { get; private set; }

    /// <summary>The state up to the checkpoint. Held here until it is replaced; who reads it later takes a reference.</summary>
    internal RunSet Runs { get; private set; }

    /// <summary>Past changes of tables with streams.</summary>
    internal RunSet History { get; private set; }

    /// <inheritdoc />
    public LogPosition Checkpoint
    {
        get
        {
            lock (current)
            {
                return Current.Position;
            }
        }
    }

    /// <inheritdoc />
    public long TrimmedLsn
    {
        get
        {
            lock (current)
            {
                return Current.TrimmedLsn;
            }
        }
    }

    /// <inheritdoc />
    public RunSet Acquire()
    {
        lock (current)
        {
            History.Acquire();
            return History;
        }
    }

    /// <summary>Opens the files that a manifest names.</summary>
    /// <exception cref="InvalidDataException">One is missing, damaged or another one; the text names it.</exception>
    internal static LiveManifest Open(IStoreFiles files, Manifest manifest, BlockCache cache, RunLayout layout)
    {
        try
        {
            return new LiveManifest(files, manifest, cache, layout);
        }
        catch (InvalidDataException refusal)
        {
            // It may be the manifest that is an old one, or another store's.
            throw new InvalidDataException($"{refusal.Message} {ManifestFile.Name} names this file.", refusal);
        }
    }

    /// <summary>Writes a file of level 0 that no manifest names yet; when this returns it is whole, synced and durably in the directory.</summary>
    internal RunInfo Write(
        RunKind kind, long firstLsn, long lastLsn, long lastTimeMicros, Action<RunWriter> fill)
    {
        var number = TakeNumber();
        try
        {
            using var writer = new RunWriter(Files, kind, Current.Store, number, level: 0, firstLsn, lastLsn, Layout);
            fill(writer);
            var info = writer.Finish(lastTimeMicros);
            Files.SyncDirectory();
            return info;
        }
        catch
        {
            TryDelete(RunWriter.NameOf(kind, number));
            throw;
        }
    }

    /// <summary>A number for a new file.</summary>
    internal long TakeNumber() => Interlocked.Increment(ref nextFileNumber) - 1;

    /// <summary>
    /// Removes files whose manifest could not be written, so that trying again and again does not fill a full disk. Those
    /// that a manifest on disk may name stay.
    /// </summary>
    internal async Task DiscardAsync(RunKind kind, IReadOnlyList<RunInfo> written)
    {
        // A merge may be changing the manifest while a checkpoint discards, or the other way round.
        await changing.WaitAsync().ConfigureAwait(false);
        try
        {
            foreach (var info in written)
            {
                if (!uncertain.Contains(info.Number) && !open.ContainsKey(info.Number))
                {
                    TryDelete(RunWriter.NameOf(kind, info.Number));
                }
            }
        }
        finally
        {
            changing.Release();
        }
    }

    /// <summary>Removes a file that no manifest names, if the disk lets it; the next opening would do it too.</summary>
    internal void TryDelete(string name)
    {
        try
        {
            Files.Delete(name);
        }
        catch (IOException)
        {
        }
    }

    /// <summary>
    /// Replaces the manifest by what <paramref name="change"/> makes of it, then lets <paramref name="publish"/> hand the
    /// runs to all readers. When it throws nothing has changed for readers, and no file was removed.
    /// </summary>
    internal async Task ReplaceAsync(Func<Manifest, Manifest> change, Action<RunSet> publish, CancellationToken cancellation)
    {
        await changing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var before = Current;
            var next = change(before);
            next = next with { Sequence = before.Sequence + 1, NextFileNumber = Volatile.Read(ref nextFileNumber) };
            var opened = OpenNew(next);
            try
            {
                ManifestFile.Prepare(Files, next);
                uncertain.UnionWith(opened);
                ManifestFile.Exchange(Files);
            }
            catch
            {
                opened.ForEach(Close);
                throw;
            }

            uncertain.Clear();
            var (runs, history) = (Runs, History);
            lock (current)
            {
                Current = next;
                Runs = SetOf(next.Runs, next.Position.Lsn);
                History = SetOf(next.History, next.Position.Lsn);
            }

            publish(Runs);
            runs.Release();
            history.Release();
            Forget(before.Runs.Concat(before.History).Except(next.Runs.Concat(next.History)));
        }
        finally
        {
            changing.Release();
        }
    }

    /// <summary>Lets go of the files. Partitions and readers that still hold a set keep its files open.</summary>
    public void Dispose()
    {
        Runs.Release();
        History.Release();
        foreach (var run in open.Values)
        {
            run.Release();
        }

        open.Clear();
        changing.Dispose();
    }

    private List<long> OpenNew(Manifest manifest)
    {
        var opened = new List<long>();
        try
        {
            foreach (var (kind, info) in manifest.Runs.Select(run => (RunKind.State, run))
                .Concat(manifest.History.Select(run => (RunKind.History, run))))
            {
                if (!open.ContainsKey(info.Number))
                {
                    open.Add(info.Number, RunFile.Open(Files, kind, manifest.Store, info, cache));
                    opened.Add(info.Number);
                }
            }

            return opened;
        }
        catch
        {
            opened.ForEach(Close);
            throw;
        }
    }

    private void Close(long number)
    {
        open.Remove(number, out var run);
        run!.Release();
    }

    private RunSet SetOf(IReadOnlyList<RunInfo> infos, long checkpointLsn) =>
        new(checkpointLsn, [.. infos.Select(info => open[info.Number])]);

    private void Forget(IEnumerable<RunInfo> superseded)
    {
        foreach (var info in superseded)
        {
            open[info.Number].DeleteWhenUnused();
            Close(info.Number);
        }
    }
}
