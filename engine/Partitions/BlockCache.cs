using System.Buffers;
using System.Numerics;

namespace Storage.Engine.Partitions;

/// <summary>
/// Blocks of runs within a budget of memory, verified when they come in. A load holds no lock, so a block that is
/// missing makes nobody wait but who needs it; two who miss the same block at once both read it. CLOCK decides what goes:
/// a block that was only read once since it came goes first, so that a scan does not wash out what is asked for often.
/// </summary>
internal sealed class BlockCache : IDisposable
{
    /// <summary>What a frame costs beside its bytes: its description, its share of the buckets and array headers.</summary>
    internal const int FrameOverheadBytes = 48;

    private const int ShardsMax = 16;
    private const int ShardFramesMin = 512; // 4 MB, several slabs, so that a large block finds room
    private const int UncachedShare = 8; // a block above this part of the budget would wash out too much

    private readonly BlockCacheShard[] shards;
    private readonly int cachedBytesMax;

    internal BlockCache(long bytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytesMax);
        var frames = bytesMax / (BlockSlab.FrameBytes + FrameOverheadBytes);
        var count = Math.Clamp(
            (int)Math.Min(ShardsMax, BitOperations.RoundUpToPowerOf2((ulong)(frames / ShardFramesMin) + 1) / 2), 1, ShardsMax);
        shards = new BlockCacheShard[count];
        for (var i = 0; i < count; i++)
        {
            shards[i] = new BlockCacheShard((int)Math.Min(frames / count, int.MaxValue / BlockSlab.FramesMax));
        }

        cachedBytesMax = (int)Math.Min(
            Math.Max(bytesMax / UncachedShare, Math.Min(frames, 1) * BlockSlab.FrameBytes),
            BlockSlab.FramesMax * BlockSlab.FrameBytes);
    }

    /// <summary>Memory taken, bytes; frames that hold nothing at the moment included.</summary>
    internal long UsedBytes => shards.Sum(shard => (long)shard.FrameCount) * (BlockSlab.FrameBytes + FrameOverheadBytes);

    internal long HitCount => shards.Sum(shard => shard.HitCount);

    internal long MissCount => shards.Sum(shard => shard.MissCount);

    /// <summary>The block at an offset of a source, of exactly that length; the lease keeps its bytes in place until disposed.</summary>
    /// <exception cref="DamagedBlockException">It is not what was written there.</exception>
    internal BlockLease Get(IBlockSource source, long offset, int lengthBytes)
    {
        var cacheId = source.CacheId;
        var hash = HashOf(cacheId, offset);
        var shard = shards[(hash >> 28) & (uint)(shards.Length - 1)];
        if (lengthBytes > cachedBytesMax)
        {
            shard.CountMiss();
            return LoadUncached(source, offset, lengthBytes);
        }

        var frames = Math.Max(1, (lengthBytes + BlockSlab.FrameBytes - 1) / BlockSlab.FrameBytes);
        return shard.TryGet(cacheId, offset, lengthBytes, hash, frames, out var lease, out var slab, out var frame) ? lease
            : slab is null ? LoadUncached(source, offset, lengthBytes)
            : Load(source, shard, slab, frame, hash);
    }

    /// <summary>Gives the frames of a source that is gone to others. Nobody gets its blocks while this runs, or after.</summary>
    internal void Forget(long cacheId)
    {
        foreach (var shard in shards)
        {
            shard.Forget(cacheId);
        }
    }

    /// <summary>Gives the memory back; blocks that are still leased stay until they are let go.</summary>
    public void Dispose()
    {
        foreach (var shard in shards)
        {
            shard.Dispose();
        }
    }

    internal static uint HashOf(long cacheId, long offset)
    {
        var mixed = ((ulong)offset ^ ((ulong)cacheId * 0x9E3779B97F4A7C15)) * 0xD6E8FEB86659FD93;
        return (uint)((mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93 >> 32);
    }

    private static BlockLease Load(IBlockSource source, BlockCacheShard shard, BlockSlab slab, int frame, uint hash)
    {
        // Nobody else can find the frames, and the reservation's pin keeps the hand off them.
        ref readonly var reserved = ref slab.Frames[frame];
        try
        {
            source.Load(reserved.Offset, slab.Block(frame, reserved.LengthBytes));
        }
        catch
        {
            shard.GiveUp(slab, frame);
            throw;
        }

        return shard.Publish(slab, frame, hash);
    }

    private static BlockLease LoadUncached(IBlockSource source, long offset, int lengthBytes)
    {
        var rented = ArrayPool<byte>.Shared.Rent(lengthBytes);
        try
        {
            source.Load(offset, rented.AsSpan(0, lengthBytes));
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }

        return new BlockLease(rented, lengthBytes);
    }
}
