namespace Storage.Engine.Partitions;

/// <summary>
/// One large array cut into frames. It never moves and never shrinks, so that the memory of a cache is what it counts.
/// All but <see cref="Unpin"/> is called under the lock of the shard that owns it.
/// </summary>
internal sealed class BlockSlab
{
    /// <summary>A block of the usual size fits one frame.</summary>
    internal const int FrameBytes = 8 * 1024;

    internal const int FramesMax = 128; // 1 MB; must fit BlockFrame's bytes

    private int freeFrom; // no frame before it is free

    internal BlockSlab(int number, int frames)
    {
        Number = number;
        Bytes = GC.AllocateUninitializedArray<byte>(frames * FrameBytes, pinned: true);
        Frames = new BlockFrame[frames];
        Frames.AsSpan().Fill(new BlockFrame { Extent = 1, Next = -1 });
        FreeCount = frames;
    }

    /// <summary>Its place among the shard's slabs.</summary>
    internal int Number { get; }

    internal byte[] Bytes { get; }

    internal BlockFrame[] Frames { get; }

    internal int FreeCount { get; private set; }

    internal Span<byte> Block(int frame, int lengthBytes) => Bytes.AsSpan(frame * FrameBytes, lengthBytes);

    /// <summary>Lets go of a block once.</summary>
    internal void Unpin(int frame)
    {
        if (Interlocked.Decrement(ref Frames[frame].Pins) < 0)
        {
            throw new InvalidOperationException("A block's lease was released twice.");
        }
    }

    /// <summary>First of so many free neighbours; -1 when there are none.</summary>
    internal int FindFree(int count)
    {
        var run = 0;
        for (var frame = freeFrom; frame < Frames.Length; frame++)
        {
            run = Frames[frame].State == BlockFrameState.Free ? run + 1 : 0;
            if (run == count)
            {
                return frame + 1 - count;
            }
        }

        return -1;
    }

    /// <summary>Makes free frames one hidden block with one pin.</summary>
    internal void Take(int frame, int count, long cacheId, long offset, int lengthBytes)
    {
        for (var i = 0; i < count; i++)
        {
            Frames[frame + i] = new BlockFrame { State = BlockFrameState.Hidden, HeadDistance = (byte)i, Next = -1 };
        }

        ref var head = ref Frames[frame];
        head.CacheId = cacheId;
        head.Offset = offset;
        head.LengthBytes = lengthBytes;
        head.Extent = (byte)count;
        head.Pins = 1;
        FreeCount -= count;
        if (frame == freeFrom)
        {
            freeFrom += count;
        }
    }

    /// <summary>Frees a block that no bucket refers to; says how many frames that gave.</summary>
    internal int Free(int frame)
    {
        var count = Frames[frame].Extent;
        Frames.AsSpan(frame, count).Fill(new BlockFrame { Extent = 1, Next = -1 });
        FreeCount += count;
        freeFrom = Math.Min(freeFrom, frame);
        return count;
    }
}
