using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Recovery;

namespace Storage.Bench.Capacity;

/// <summary>The files of a store on disk, with counts of what goes through them. Safe for many threads.</summary>
internal sealed class CountingFiles(IStoreFiles inner) : IStoreFiles
{
    private readonly long[] written = new long[Enum.GetValues<FileKind>().Length];
    private readonly ConcurrentDictionary<long, Run> runs = [];
    private readonly ConcurrentQueue<(long Start, long End)> checkpoints = [];
    private long logEndAddress;

    /// <summary>Where reads of runs went.</summary>
    internal ReadOrder RunReads { get; } = new();

    /// <summary>Timestamps of each checkpoint: its run is created, the manifest names it.</summary>
    internal IReadOnlyList<(long Start, long End)> Checkpoints => [.. checkpoints];

    internal long WrittenBytes(FileKind kind) => Volatile.Read(ref written[(int)kind]);

    internal long WrittenBytes() => Enum.GetValues<FileKind>().Sum(WrittenBytes);

    /// <summary>Bytes written to runs whose level is in a range; level -1 is of runs that no manifest has named yet.</summary>
    internal long RunBytes(int levelMin, int levelMax) =>
        runs.Values.Where(run => run.Level >= levelMin && run.Level <= levelMax).Sum(run => Volatile.Read(ref run.Bytes));

    /// <summary>Bytes of log that an opening would replay now.</summary>
    internal long TailBytes()
    {
        var checkpoint = ManifestFile.Read(inner)?.Position.Address ?? LogGeometry.FirstAddress;
        return Math.Max(0, Volatile.Read(ref logEndAddress) - checkpoint);
    }

    public IStoreFile Open(string name, bool create)
    {
        var file = inner.Open(name, create);
        if (!RunWriter.TryParseName(name, out var kind, out var number) || kind != RunKind.State)
        {
            return new CountingFile(this, file, KindOf(name), SegmentOf(name), null, 0);
        }

        var run = runs.GetOrAdd(number, _ => new Run { Start = Stopwatch.GetTimestamp() });
        return new CountingFile(this, file, FileKind.Run, -1, run, number);
    }

    public bool Exists(string name) => inner.Exists(name);

    public IReadOnlyList<string> List() => inner.List();

    public void Delete(string name) => inner.Delete(name);

    public void Rename(string from, string to)
    {
        inner.Rename(from, to);
        if (to != ManifestFile.Name)
        {
            return;
        }

        foreach (var info in ManifestFile.Read(inner)!.Runs)
        {
            if (runs.TryGetValue(info.Number, out var run) && run.Level < 0)
            {
                run.Level = info.Level;
                if (info.Level == 0)
                {
                    checkpoints.Enqueue((run.Start, Stopwatch.GetTimestamp()));
                }
            }
        }
    }

    public void SyncDirectory() => inner.SyncDirectory();

    internal void CountWrite(FileKind kind, long bytes) => Interlocked.Add(ref written[(int)kind], bytes);

    /// <summary>Records reach up to that offset of a segment's file.</summary>
    internal void MoveLogEnd(int segment, long offset)
    {
        var address = ((long)segment << new LogOptions().SegmentSizeBits) + offset - SegmentHeader.BlockBytes;
        for (var seen = Volatile.Read(ref logEndAddress); address > seen;)
        {
            seen = Interlocked.CompareExchange(ref logEndAddress, address, seen);
        }
    }

    private static int SegmentOf(string name) =>
        KindOf(name) == FileKind.Log
        && int.TryParse(Path.GetFileNameWithoutExtension(name), CultureInfo.InvariantCulture, out var segment) ? segment : -1;

    private static FileKind KindOf(string name) => Path.GetExtension(name) switch
    {
        ".log" => FileKind.Log,
        ".history" => FileKind.History,
        _ => name is ManifestFile.Name or ManifestFile.NextName ? FileKind.Manifest : FileKind.Other,
    };

    /// <summary>What is known of a run.</summary>
    internal sealed class Run
    {
        internal long Bytes;

        internal long Start { get; init; }

        internal int Level { get; set; } = -1;
    }
}
