using Storage.Engine.Files;

namespace Storage.Engine.Partitions;

/// <summary>Reads and verifies a file's blocks, straight from the file.</summary>
internal sealed class RunBlockReader(IStoreFile file, string name, RunChecksum checksum)
{
    internal string Name => name;

    /// <summary>Fills the span with the block at that offset.</summary>
    /// <exception cref="DamagedBlockException">It is not what was written there.</exception>
    internal void Read(long offset, Span<byte> block)
    {
        if (file.Read(offset, block) < block.Length)
        {
            throw new DamagedBlockException(name, offset, "is cut off by the end of the file");
        }

        Verify(offset, block);
    }

    /// <summary>Fills the span with what lies there; returns fewer bytes only at the end of the file.</summary>
    internal int ReadUnverified(long offset, Span<byte> destination) => file.Read(offset, destination);

    /// <exception cref="DamagedBlockException">The block is not what was written there.</exception>
    internal void Verify(long offset, ReadOnlySpan<byte> block)
    {
        if (FaultOf(offset, block) is { } fault)
        {
            throw new DamagedBlockException(name, offset, fault);
        }
    }

    /// <summary>What is wrong with a block; null when nothing is.</summary>
    internal string? FaultOf(long offset, ReadOnlySpan<byte> block) => RunBlock.FaultOf(block, offset, checksum);
}
