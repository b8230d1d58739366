using System.Buffers;

namespace Storage.Engine.Partitions;

/// <summary>A block held in memory: its bytes stay in place until disposed. Dispose exactly once; copies share one hold.</summary>
internal struct BlockLease : IDisposable
{
    private readonly byte[]? bytes;
    private readonly BlockSlab? slab; // null: the array is the lease's own, from the pool
    private readonly int start;
    private readonly int lengthBytes;

    /// <summary>A block in frames of a slab, pinned there by the caller.</summary>
    internal BlockLease(BlockSlab slab, int frame, int lengthBytes)
    {
        this.slab = slab;
        bytes = slab.Bytes;
        start = frame * BlockSlab.FrameBytes;
        this.lengthBytes = lengthBytes;
    }

    /// <summary>A block outside the cache; the array goes back to the shared pool.</summary>
    internal BlockLease(byte[] rented, int lengthBytes)
    {
        bytes = rented;
        this.lengthBytes = lengthBytes;
    }

    internal readonly ReadOnlySpan<byte> Bytes => bytes.AsSpan(start, lengthBytes);

    public void Dispose()
    {
        if (slab is not null)
        {
            slab.Unpin(start / BlockSlab.FrameBytes);
        }
        else if (bytes is not null)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        this = default;
    }
}
