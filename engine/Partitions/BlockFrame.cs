namespace Storage.Engine.Partitions;

/// <summary>
/// What one frame of a slab holds. A block takes one frame or several neighbours of one slab; the first of them, the
/// head, speaks for all.
/// </summary>
internal struct BlockFrame
{
    internal long CacheId;
    internal long Offset;
    internal int LengthBytes;

    /// <summary>Next frame of the same hash bucket, -1 at the end.</summary>
    internal int Next;

    /// <summary>
    /// Leases, and one for a load under way. Rises only under the shard's lock, so what is 0 there stays 0; falls anywhere.
    /// </summary>
    internal int Pins;

    internal BlockFrameState State;

    /// <summary>Asked for since the hand last came by.</summary>
    internal bool Referenced;

    /// <summary>In the head: frames of the block. A free frame is its own head, of one.</summary>
    internal byte Extent;

    /// <summary>Frames back to the head.</summary>
    internal byte HeadDistance;
}

internal enum BlockFrameState : byte
{
    Free,

    /// <summary>Taken but not to be found: being loaded, or forgotten while someone held it.</summary>
    Hidden,

    Cached,
}
