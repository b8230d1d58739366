using Storage.Engine.Encoding;
using Storage.Engine.Partitions;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>Runs in files in memory, with a sorted dictionary beside them. Entries of a run: an empty value removes.</summary>
internal sealed class RunFixture(long cacheBytes = 64 * 1024 * 1024) : IDisposable
{
    internal static readonly Guid Store = new("00112233-4455-6677-8899-aabbccddeeff");
    internal static readonly RunLayout Small = new(256, 256);

    private readonly List<RunFile> opened = [];
    private long number;

    internal MemoryFiles Files { get; } = new();

    internal BlockCache Cache { get; } = new(cacheBytes);

    internal static SortedDictionary<byte[], byte[]> Entries(IEnumerable<(byte[] Key, byte[] Value)> entries)
    {
        var sorted = new SortedDictionary<byte[], byte[]>(ByteOrder.Instance);
        foreach (var (key, value) in entries)
        {
            sorted[key] = value;
        }

        return sorted;
    }

    internal RunInfo Write(SortedDictionary<byte[], byte[]> entries, RunLayout layout, int level = 0)
    {
        number++;
        using var writer = new RunWriter(Files, RunKind.State, Store, number, level, number * 10, (number * 10) + 9, layout);
        foreach (var (key, value) in entries)
        {
            writer.Add(key, value);
        }

        return writer.Finish(lastTimeMicros: number * 1000);
    }

    internal RunFile Open(RunInfo info)
    {
        var run = RunFile.Open(Files, RunKind.State, Store, info, Cache);
        opened.Add(run);
        return run;
    }

    internal RunFile Run(SortedDictionary<byte[], byte[]> entries, RunLayout layout) => Open(Write(entries, layout));

    /// <summary>A set of runs, newest first, with what they hold together.</summary>
    internal (RunSet Set, SortedDictionary<byte[], byte[]> Union) Set(IReadOnlyList<SortedDictionary<byte[], byte[]>> oldestFirst, RunLayout layout)
    {
        var union = new SortedDictionary<byte[], byte[]>(ByteOrder.Instance);
        var runs = new List<RunFile>();
        foreach (var entries in oldestFirst)
        {
            runs.Insert(0, Run(entries, layout));
            foreach (var (key, value) in entries)
            {
                union[key] = value;
            }
        }

        return (new RunSet(number, runs), union);
    }

    internal static (Lookup Answer, byte[] Value) Find(RunSet set, byte[] key)
    {
        using var writer = ValueWriter.Rent();
        var answer = set.Find(key, writer);
        return (answer, writer.Written.ToArray());
    }

    internal static List<(byte[] Key, byte[] Value)> Walk(RunSetCursor cursor, RunSet set, byte[] low, byte[] high, bool ascending)
    {
        var found = new List<(byte[], byte[])>();
        cursor.Start(set, low, high, ascending);
        while (cursor.MoveNext())
        {
            found.Add((cursor.Key.ToArray(), cursor.Value.ToArray()));
        }

        Assert.False(cursor.MoveNext());
        cursor.Stop();
        return found;
    }

    internal static List<(byte[] Key, byte[] Value)> Within(
        SortedDictionary<byte[], byte[]> all, byte[] low, byte[] high, bool ascending)
    {
        var within = all
            .Where(entry => ByteOrder.Instance.Compare(entry.Key, low) >= 0
                && (high.Length == 0 || ByteOrder.Instance.Compare(entry.Key, high) < 0))
            .Select(entry => (entry.Key, entry.Value));
        return [.. ascending ? within : within.Reverse()];
    }

    internal static void AssertSame(List<(byte[] Key, byte[] Value)> expected, List<(byte[] Key, byte[] Value)> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.True(expected[i].Key.AsSpan().SequenceEqual(actual[i].Key), $"Another key at {i}.");
            Assert.True(expected[i].Value.AsSpan().SequenceEqual(actual[i].Value), $"Another value at {i}.");
        }
    }

    public void Dispose()
    {
        foreach (var run in opened)
        {
            run.Release();
        }

        Cache.Dispose();
    }
}
