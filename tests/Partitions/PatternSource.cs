using System.Buffers.Binary;
using Storage.Engine.Partitions;

namespace Storage.Tests.Partitions;

/// <summary>Blocks whose every byte follows from source and offset. Loads are counted, and can be held or made to fail.</summary>
internal sealed class PatternSource(long id) : IBlockSource
{
    private int loads;

    public long CacheId => id;

    internal int Loads => Volatile.Read(ref loads);

    /// <summary>Called before the block is filled.</summary>
    internal Action<long>? Loading { get; set; }

    public void Load(long offset, Span<byte> block)
    {
        Interlocked.Increment(ref loads);
        Loading?.Invoke(offset);
        Fill(offset, block);
    }

    /// <summary>True when the bytes are those of the block at that offset.</summary>
    internal bool Matches(long offset, ReadOnlySpan<byte> block)
    {
        var expected = new byte[block.Length];
        Fill(offset, expected);
        return block.SequenceEqual(expected);
    }

    private void Fill(long offset, Span<byte> block)
    {
        var seed = (ulong)((id * 1_000_003) + offset);
        while (block.Length >= 8)
        {
            seed = (seed * 6364136223846793005) + 1442695040888963407;
            BinaryPrimitives.WriteUInt64LittleEndian(block, seed);
            block = block[8..];
        }

        block.Fill((byte)seed);
    }
}
