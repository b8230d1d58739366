using BenchmarkDotNet.Attributes;
using Storage.Engine.Partitions;

namespace Storage.Bench.Micro;

/// <summary>Blocks of the usual size through a cache that holds all of them, and through one that holds a quarter.</summary>
[MemoryDiagnoser]
public class BlockCacheBench : IDisposable
{
    private const int Blocks = 16 * 1024; // 128 MB
    private readonly Source source = new();
    private readonly BlockCache whole = new(160L << 20);
    private readonly BlockCache quarter = new(32L << 20);
    private int next;

    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < Blocks; i++)
        {
            Hit();
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        whole.Dispose();
        quarter.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int Hit() => Get(whole);

    /// <summary>Three of four must be brought in; the source copies nothing, so this is the cache's own cost.</summary>
    [Benchmark]
    public int MissAndEvict() => Get(quarter);

    private int Get(BlockCache cache)
    {
        next = (next + 7919) % Blocks; // prime: every block in turn, scattered
        using var lease = cache.Get(source, next * 8192L, 8192);
        return lease.Bytes[0];
    }

    private sealed class Source : IBlockSource
    {
        public long CacheId => 1;

        public void Load(long offset, Span<byte> block) => block[0] = 1;
    }
}
