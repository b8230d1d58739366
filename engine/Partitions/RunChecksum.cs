using System.Buffers.Binary;
using System.IO.Hashing;

namespace Storage.Engine.Partitions;

/// <summary>
/// Checksums of one file's blocks. Each is seeded with the store, the file and the block's place and kind, so that a
/// block that lies elsewhere than where it was written fails as surely as a changed one.
/// </summary>
internal readonly struct RunChecksum
{
    private const int PlaceBytes = 9;
    private readonly long seed;

    internal RunChecksum(Guid store, long number)
    {
        Span<byte> file = stackalloc byte[24];
        _ = store.TryWriteBytes(file, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(file[16..], number);
        seed = unchecked((long)XxHash3.HashToUInt64(file));
    }

    /// <summary>The checksum of a block whose own field for it, the first eight bytes, is left out.</summary>
    internal ulong Of(long offset, ReadOnlySpan<byte> block)
    {
        Span<byte> place = stackalloc byte[PlaceBytes];
        BinaryPrimitives.WriteInt64LittleEndian(place, offset);
        place[sizeof(long)] = block[RunBlock.KindOffset];
        return XxHash3.HashToUInt64(
            block[RunBlock.KindOffset..], unchecked((long)XxHash3.HashToUInt64(place, seed)));
    }

    internal void Stamp(long offset, Span<byte> block) => BinaryPrimitives.WriteUInt64LittleEndian(block, Of(offset, block));

    internal bool Matches(long offset, ReadOnlySpan<byte> block) =>
        BinaryPrimitives.ReadUInt64LittleEndian(block) == Of(offset, block);
}
