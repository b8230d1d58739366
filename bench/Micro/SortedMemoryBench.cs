using BenchmarkDotNet.Attributes;
using Storage.Engine.Partitions;

namespace Storage.Bench.Micro;

/// <summary>The tree of sorted memory: 40-byte keys in hash order under a four-byte table id.</summary>
[MemoryDiagnoser]
public class SortedMemoryBench
{
    private const int KeyBytes = 40;

    private readonly EntryPage page = new();
    private readonly byte[] value = new byte[100];
    private byte[] keys = [];
    private SortedMemory tree = new();
    private int next;

    [Params(1_000, 1_000_000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        var random = new Random(1);
        keys = new byte[Entries * KeyBytes];
        random.NextBytes(keys);
        tree = new SortedMemory();
        for (var i = 0; i < Entries; i++)
        {
            Key(i)[..4].Clear();
            tree.Put(Key(i), value, i);
        }
    }

    [Benchmark]
    public bool Get() => tree.TryGet(Key(Step()), out _, out _);

    [Benchmark]
    public bool Overwrite() => tree.Put(Key(Step()), value, next);

    [Benchmark]
    public bool RemoveAndInsert()
    {
        var key = Key(Step());
        return tree.Remove(key, next) && !tree.Put(key, value, next);
    }

    /// <summary>A page of up to 50 entries from a random key on, copied out.</summary>
    [Benchmark]
    public int ReadForward()
    {
        tree.ReadForward(Key(Step()), default, 50, 64 * 1024, page);
        return page.Count;
    }

    private Span<byte> Key(int number) => keys.AsSpan(number * KeyBytes, KeyBytes);

    private int Step()
    {
        // Keys lie in random order already; walking them in turn keeps the generator out of the figure.
        next = next + 1 == Entries ? 0 : next + 1;
        return next;
    }
}
