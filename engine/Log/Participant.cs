using System.Buffers.Binary;

namespace Storage.Engine.Log;

/// <summary>One partition's part in a record: its id, its own dense sequence number (from 1), its number of changes.</summary>
internal readonly record struct Participant(uint PartitionId, long Sequence, int ChangeCount)
{
    /// <summary>Bytes of one participant: u32 id, i64 sequence, i32 change count, little-endian.</summary>
    internal const int SizeBytes = 16;

    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, PartitionId);
        BinaryPrimitives.WriteInt64LittleEndian(destination[4..], Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], ChangeCount);
    }

    internal static Participant Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(source),
        BinaryPrimitives.ReadInt64LittleEndian(source[4..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[12..]));
}
