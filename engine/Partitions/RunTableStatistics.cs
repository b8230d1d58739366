using System.Buffers.Binary;

namespace Storage.Engine.Partitions;

/// <summary>One table's or index's part of a run.</summary>
/// <param name="EntryCount">Entries, removals included.</param>
/// <param name="RemovalCount">Entries that say that a key is gone.</param>
/// <param name="Bytes">Of keys and values.</param>
internal readonly record struct RunTableStatistics(long EntryCount, long RemovalCount, long Bytes)
{
    /// <summary>Bytes in the statistics block.</summary>
    internal const int SizeBytes = 24;

    /// <summary>Bytes of a key that name its table or index.</summary>
    internal const int IdBytes = 4;

    /// <summary>The table or index a key belongs to; a shorter key counts as if zeros followed.</summary>
    internal static uint IdOf(ReadOnlySpan<byte> key)
    {
        if (key.Length >= IdBytes)
        {
            return BinaryPrimitives.ReadUInt32BigEndian(key);
        }

        uint id = 0;
        for (var i = 0; i < key.Length; i++)
        {
            id |= (uint)key[i] << (24 - (8 * i));
        }

        return id;
    }

    internal static RunTableStatistics Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadInt64LittleEndian(source),
        BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(source[16..]));

    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, EntryCount);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], RemovalCount);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], Bytes);
    }

    internal RunTableStatistics With(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        new(EntryCount + 1, RemovalCount + (value.IsEmpty ? 1 : 0), Bytes + key.Length + value.Length);
}
