namespace Storage.Engine.Partitions;

/// <summary>Loads a block that the cache lacks: reads and verifies it. Called without any lock.</summary>
internal interface IBlockSource
{
    /// <summary>Distinguishes the source's blocks from others' in one cache.</summary>
    long CacheId { get; }

    /// <summary>Fills <paramref name="block"/> with the block at that offset, checksum included.</summary>
    /// <exception cref="DamagedBlockException">It is not what was written there.</exception>
    void Load(long offset, Span<byte> block);
}

/// <summary>
/// Blocks of runs within a budget of memory, verified when they come in. A load holds no lock, so a block that is
/// missing makes nobody wait but who needs it.
/// </summary>
internal sealed class BlockCache : IDisposable
{
    internal BlockCache(long bytesMax) => throw new NotImplementedException();

    /// <summary>Memory taken, bytes.</summary>
    internal long UsedBytes => throw new NotImplementedException();

    internal long HitCount => throw new NotImplementedException();

    internal long MissCount => throw new NotImplementedException();

    /// <summary>The block at an offset of a source, of exactly that length; the lease keeps its bytes in place until disposed.</summary>
    /// <exception cref="DamagedBlockException">It is not what was written there.</exception>
    internal BlockLease Get(IBlockSource source, long offset, int lengthBytes) => throw new NotImplementedException();

    /// <summary>Gives back the memory of a source that is gone.</summary>
    internal void Forget(long cacheId) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}

/// <summary>A block held in the cache; dispose exactly once.</summary>
internal struct BlockLease : IDisposable
{
    internal readonly ReadOnlySpan<byte> Bytes => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
