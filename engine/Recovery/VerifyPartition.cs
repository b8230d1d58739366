using System.Buffers.Binary;
using System.IO.Hashing;

namespace Storage.Engine.Recovery;

/// <summary>
/// What a partition holds, as numbers that do not depend on the order in which its entries are met: their count,
/// DynamoDB's size, and the sum of their hashes.
/// </summary>
internal struct VerifyPartition
{
    internal long Sequence;
    internal long Count;
    internal long SizeBytes;
    internal UInt128 Hash;

    /// <summary>Hash of one entry.</summary>
    internal static UInt128 HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        // The two hashes are mixed, so that no two entries can trade their values unseen.
        Span<byte> both = stackalloc byte[32];
        BinaryPrimitives.WriteUInt128LittleEndian(both, XxHash128.HashToUInt128(key));
        BinaryPrimitives.WriteUInt128LittleEndian(both[16..], XxHash128.HashToUInt128(value));
        return XxHash128.HashToUInt128(both);
    }

    internal void Add(UInt128 entryHash, long sizeBytes)
    {
        Count++;
        SizeBytes += sizeBytes;
        Hash = unchecked(Hash + entryHash);
    }
}
