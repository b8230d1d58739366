using System.Buffers.Binary;

namespace Storage.Engine.Tables;

/// <summary>
/// What a checkpoint remembers of a partition beside its entries, as an entry of a run. Key: id 3 | id of the table or
/// index | id of the partition, each u32 BE. Value: sequence | entries | bytes, each i64 LE.
/// </summary>
internal static class PartitionStates
{
    internal const int KeyBytes = 12;
    internal const int ValueBytes = 24;

    internal static void WriteKey(uint mapId, uint partitionId, Span<byte> key)
    {
        BinaryPrimitives.WriteUInt32BigEndian(key, SystemTables.PartitionStatesId);
        BinaryPrimitives.WriteUInt32BigEndian(key[4..], mapId);
        BinaryPrimitives.WriteUInt32BigEndian(key[8..], partitionId);
    }

    /// <exception cref="InvalidDataException">It is no such key.</exception>
    internal static (uint MapId, uint PartitionId) ReadKey(ReadOnlySpan<byte> key) => key.Length == KeyBytes
        ? (BinaryPrimitives.ReadUInt32BigEndian(key[4..]), BinaryPrimitives.ReadUInt32BigEndian(key[8..]))
        : throw new InvalidDataException($"The key of a partition's state has {key.Length} bytes instead of {KeyBytes}.");

    internal static void WriteValue(in PartitionState state, Span<byte> value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(value, state.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(value[8..], state.Count);
        BinaryPrimitives.WriteInt64LittleEndian(value[16..], state.SizeBytes);
    }

    /// <exception cref="InvalidDataException">It is no such value.</exception>
    internal static PartitionState ReadValue(ReadOnlySpan<byte> value) => value.Length == ValueBytes
        ? new PartitionState(
            BinaryPrimitives.ReadInt64LittleEndian(value),
            BinaryPrimitives.ReadInt64LittleEndian(value[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(value[16..]))
        : throw new InvalidDataException($"A partition's state has {value.Length} bytes instead of {ValueBytes}.");
}

/// <summary>A partition's sequence, entries and DynamoDB's size of them.</summary>
internal readonly record struct PartitionState(long Sequence, long Count, long SizeBytes);
