using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;

namespace Storage.Engine.Recovery;

/// <summary>
/// Saves the changes that streams still need from the log before it is trimmed, in files of their own: so one idle
/// stream does not hold everybody's log, and a busy one holds its own changes only.
/// </summary>
internal sealed class HistoryKeeping(LiveManifest live, DiskLog log, CheckpointOptions options, TimeProvider time, IEnumerable<uint> streamTables)
    : IDisposable
{
    private readonly RunMerging merging = new(live, RunKind.History, options.MergeRuns);
    private HashSet<uint> atCheckpoint = [.. streamTables];

    /// <summary>
    /// Writes history files for the records between two places in the log; none when no stream shows any of them. They
    /// count once a manifest names them and <see cref="Confirm"/> was called. Adds each file when it is there.
    /// </summary>
    internal void Collect(in LogPosition from, FrozenStore until, List<RunInfo> files)
    {
        if (until.StreamedLsn <= from.Lsn)
        {
            return;
        }

        var collector = new HistoryCollector([.. atCheckpoint], (int)Math.Min(options.CheckpointMemoryBytes / 4, int.MaxValue / 2), batch =>
            files.Insert(0, live.Write(
                RunKind.History, batch.FirstLsn, batch.LastLsn, batch.LastTimeMicros, run =>
                {
                    foreach (var (key, value) in batch.Entries)
                    {
                        run.Add(key, value);
                    }
                })));
        log.Read(from, until.Position, collector);
        collector.Flush();
    }

    /// <summary>The manifest names what was collected.</summary>
    internal void Confirm(FrozenStore until) => atCheckpoint = until.StreamTables;

    /// <summary>Leaves out files whose newest change no stream shows any more.</summary>
    internal Manifest WithoutExpired(Manifest manifest)
    {
        var kept = KeptSinceMicros();
        var expired = manifest.History.Where(file => file.LastTimeMicros < kept).ToArray();
        return expired.Length == 0 ? manifest : manifest with
        {
            History = [.. manifest.History.Except(expired)],
            TrimmedLsn = Math.Max(manifest.TrimmedLsn, expired.Max(file => file.LastLsn)),
        };
    }

    /// <summary>Merges history files until they are few.</summary>
    internal async Task MergeAsync(CancellationToken cancellation)
    {
        var kept = KeptSinceMicros();
        long trimmed = 0;
        bool IsExpired(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            if (HistoryEntry.TimeOf(value) >= kept)
            {
                return false;
            }

            trimmed = Math.Max(trimmed, HistoryEntry.LsnOf(key));
            return true;
        }

        Manifest Note(Manifest manifest) => manifest with { TrimmedLsn = Math.Max(manifest.TrimmedLsn, trimmed) };
        while (await merging.MergeOnceAsync(IsExpired, _ => { }, cancellation, Note).ConfigureAwait(false))
        {
        }
    }

    public void Dispose() => merging.Dispose();

    private long KeptSinceMicros() =>
        (time.GetUtcNow() - options.HistoryLife).ToUnixTimeMilliseconds() * 1000;
}
