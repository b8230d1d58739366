namespace Storage.Engine.Partitions;

/// <summary>Loads a block that the cache lacks: reads and verifies it. Called without any lock, by many threads at once.</summary>
internal interface IBlockSource
{
    /// <summary>Distinguishes the source's blocks from others' in one cache; never used again by another source.</summary>
    long CacheId { get; }

    /// <summary>Fills <paramref name="block"/> with the block at that offset, checksum included.</summary>
    /// <exception cref="DamagedBlockException">It is not what was written there.</exception>
    void Load(long offset, Span<byte> block);
}
