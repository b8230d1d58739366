using System.Numerics;
using System.Runtime.CompilerServices;

namespace Storage.Engine.Partitions;

/// <summary>
/// A part of the cache with a lock, a hash table and a CLOCK hand of its own. The lock covers memory only: nothing is
/// read from a disk under it.
/// </summary>
internal sealed class BlockCacheShard(int framesMax)
{
    private readonly Lock gate = new();
    private BlockSlab[] slabs = [];
    private int[] buckets = [];
    private int frameCount;
    private int freeCount;
    private int freeSlab; // where frames were last found free
    private int handSlab;
    private int handFrame;
    private long hitCount;
    private long missCount;
    private bool isDisposed;

    /// <summary>Frames whose memory was taken from the system.</summary>
    internal int FrameCount => Volatile.Read(ref frameCount);

    internal long HitCount => Volatile.Read(ref hitCount);

    internal long MissCount => Volatile.Read(ref missCount);

    /// <summary>
    /// Pins the block if it is here. If not, reserves frames to load it into; <paramref name="slab"/> is null when none
    /// could be had.
    /// </summary>
    internal bool TryGet(
        long cacheId, long offset, int lengthBytes, uint hash, int frames, out BlockLease lease, out BlockSlab? slab, out int frame)
    {
        lock (gate)
        {
            if (TryPin(cacheId, offset, lengthBytes, hash, out lease))
            {
                hitCount++;
                slab = null;
                frame = 0;
                return true;
            }

            missCount++;
            if (TryReserve(frames, out slab, out frame))
            {
                slab!.Take(frame, frames, cacheId, offset, lengthBytes);
                freeCount -= frames;
            }

            return false;
        }
    }

    /// <summary>What was loaded can be found from now on; the lease takes over the reservation's pin.</summary>
    internal BlockLease Publish(BlockSlab slab, int frame, uint hash)
    {
        lock (gate)
        {
            ref var loaded = ref slab.Frames[frame];
            if (TryPin(loaded.CacheId, loaded.Offset, loaded.LengthBytes, hash, out var first))
            {
                // Another thread loaded the same block meanwhile.
                freeCount += slab.Free(frame);
                return first;
            }

            var lease = new BlockLease(slab, frame, loaded.LengthBytes);
            if (isDisposed)
            {
                return lease;
            }

            ref var bucket = ref buckets[hash & (uint)(buckets.Length - 1)];
            loaded.State = BlockFrameState.Cached;
            loaded.Next = bucket;
            bucket = (slab.Number * BlockSlab.FramesMax) + frame;
            return lease;
        }
    }

    /// <summary>The load failed.</summary>
    internal void GiveUp(BlockSlab slab, int frame)
    {
        lock (gate)
        {
            freeCount += slab.Free(frame);
        }
    }

    internal void CountMiss()
    {
        lock (gate)
        {
            missCount++;
        }
    }

    internal void Forget(long cacheId)
    {
        lock (gate)
        {
            foreach (var slab in slabs)
            {
                for (var frame = 0; frame < slab.Frames.Length; frame += slab.Frames[frame].Extent)
                {
                    ref var held = ref slab.Frames[frame];
                    if (held.State == BlockFrameState.Cached && held.CacheId == cacheId)
                    {
                        Unlink(ref held);
                        if (Volatile.Read(ref held.Pins) == 0)
                        {
                            freeCount += slab.Free(frame);
                        }
                    }
                }
            }
        }
    }

    internal void Dispose()
    {
        lock (gate)
        {
            // Leases that are still out keep their slab alive.
            isDisposed = true;
            slabs = [];
            buckets = [];
            frameCount = freeCount = 0;
        }
    }

    private bool TryPin(long cacheId, long offset, int lengthBytes, uint hash, out BlockLease lease)
    {
        if (buckets.Length > 0)
        {
            for (var at = buckets[hash & (uint)(buckets.Length - 1)]; at >= 0;)
            {
                var slab = slabs[at / BlockSlab.FramesMax];
                ref var frame = ref slab.Frames[at % BlockSlab.FramesMax];
                if (frame.Offset == offset && frame.CacheId == cacheId && frame.LengthBytes == lengthBytes)
                {
                    frame.Referenced = true;
                    Interlocked.Increment(ref frame.Pins);
                    lease = new BlockLease(slab, at % BlockSlab.FramesMax, lengthBytes);
                    return true;
                }

                at = frame.Next;
            }
        }

        lease = default;
        return false;
    }

    private bool TryReserve(int count, out BlockSlab? slab, out int frame)
    {
        ObjectDisposedException.ThrowIf(isDisposed, typeof(BlockCache));
        if (freeCount >= count && TryFindFree(count, out slab, out frame))
        {
            return true;
        }

        frame = 0;
        var grown = Math.Min(BlockSlab.FramesMax, framesMax - frameCount);
        if (grown >= count)
        {
            slab = AddSlab(grown);
            return true;
        }

        return TryEvict(count, out slab, out frame);
    }

    private bool TryFindFree(int count, out BlockSlab? slab, out int frame)
    {
        for (var i = 0; i < slabs.Length; i++)
        {
            if (freeSlab >= slabs.Length)
            {
                freeSlab = 0;
            }

            slab = slabs[freeSlab];
            if (slab.FreeCount >= count && (frame = slab.FindFree(count)) >= 0)
            {
                return true;
            }

            freeSlab++;
        }

        slab = null;
        frame = 0;
        return false;
    }

    private BlockSlab AddSlab(int frames)
    {
        var slab = new BlockSlab(slabs.Length, frames);
        Array.Resize(ref slabs, slabs.Length + 1);
        slabs[^1] = slab;
        freeSlab = slabs.Length - 1;
        frameCount += frames;
        freeCount += frames;
        if (buckets.Length < frameCount)
        {
            Rehash((int)BitOperations.RoundUpToPowerOf2((uint)frameCount));
        }

        return slab;
    }

    private void Rehash(int length)
    {
        buckets = new int[length];
        Array.Fill(buckets, -1);
        for (var number = 0; number < slabs.Length; number++)
        {
            var frames = slabs[number].Frames;
            for (var frame = 0; frame < frames.Length; frame++)
            {
                ref var held = ref frames[frame];
                if (held.State == BlockFrameState.Cached)
                {
                    ref var bucket = ref buckets[BlockCache.HashOf(held.CacheId, held.Offset) & (uint)(length - 1)];
                    held.Next = bucket;
                    bucket = (number * BlockSlab.FramesMax) + frame;
                }
            }
        }
    }

    /// <summary>
    /// Moves the hand on until so many neighbouring frames hold nothing that is pinned or was asked for since it last
    /// came by, and frees them. Two rounds are enough unless the rest is pinned.
    /// </summary>
    private bool TryEvict(int count, out BlockSlab? slab, out int frame)
    {
        slab = null;
        frame = 0;
        if (slabs.Length == 0)
        {
            return false;
        }

        // Frames may have been joined to a block under the hand.
        handFrame -= slabs[handSlab].Frames[handFrame].HeadDistance;
        var evictable = 0;
        for (var steps = 0; steps < (2 * frameCount) + BlockSlab.FramesMax;)
        {
            slab = slabs[handSlab];
            ref var held = ref slab.Frames[handFrame];
            int extent = held.Extent;
            if (held.Referenced || Volatile.Read(ref held.Pins) != 0)
            {
                held.Referenced = false;
                evictable = 0;
            }
            else
            {
                evictable += extent;
            }

            steps += extent;
            handFrame += extent;
            var end = handFrame;
            if (handFrame == slab.Frames.Length)
            {
                handFrame = 0;
                handSlab = handSlab + 1 == slabs.Length ? 0 : handSlab + 1;
            }

            if (evictable >= count)
            {
                frame = end - evictable;
                Evict(slab, frame, end);
                return true;
            }

            evictable = handFrame == 0 ? 0 : evictable;
        }

        slab = null;
        return false;
    }

    private void Evict(BlockSlab slab, int frame, int end)
    {
        while (frame < end)
        {
            ref var held = ref slab.Frames[frame];
            int extent = held.Extent;
            if (held.State == BlockFrameState.Cached)
            {
                Unlink(ref held);
            }

            if (held.State != BlockFrameState.Free)
            {
                freeCount += slab.Free(frame);
            }

            frame += extent;
        }
    }

    /// <summary>Takes a block out of its bucket; it stays hidden in its frames.</summary>
    private void Unlink(ref BlockFrame held)
    {
        ref var at = ref buckets[BlockCache.HashOf(held.CacheId, held.Offset) & (uint)(buckets.Length - 1)];
        while (true)
        {
            ref var linked = ref slabs[at / BlockSlab.FramesMax].Frames[at % BlockSlab.FramesMax];
            if (Unsafe.AreSame(ref linked, ref held))
            {
                at = held.Next;
                held.Next = -1;
                held.State = BlockFrameState.Hidden;
                held.Referenced = false;
                return;
            }

            at = ref linked.Next;
        }
    }
}
