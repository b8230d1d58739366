using System.Buffers.Binary;
using Storage.Engine.Partitions;

namespace Storage.Engine.Streams;

/// <summary>
/// One past change as a history file keeps it, in the order of table, LSN and position in the record. Byte layout:
/// docs/FILE_FORMATS.md, History.
/// </summary>
internal readonly ref struct HistoryEntry
{
    internal const int KeyBytes = 16;

    private const int HeadBytes = 12;

    private HistoryEntry(long lsn, int ordinal, long timeMicros, uint partitionId, Change change)
    {
        Lsn = lsn;
        Ordinal = ordinal;
        TimeMicros = timeMicros;
        PartitionId = partitionId;
        Change = change;
    }

    internal long Lsn { get; }

    /// <summary>Position of the change in its record, from 0.</summary>
    internal int Ordinal { get; }

    /// <summary>The record's time, microseconds since 1970-01-01 UTC.</summary>
    internal long TimeMicros { get; }

    internal uint PartitionId { get; }

    /// <summary>The change without its index entries; its participant means nothing here.</summary>
    internal Change Change { get; }

    internal static void WriteKey(Span<byte> key, uint tableId, long lsn, int ordinal)
    {
        BinaryPrimitives.WriteUInt32BigEndian(key, tableId);
        BinaryPrimitives.WriteInt64BigEndian(key[4..], lsn);
        BinaryPrimitives.WriteInt32BigEndian(key[12..], ordinal);
    }

    /// <summary>Makes an entry's value from a change's bytes as they stand in the record, up to its index entries.</summary>
    internal static byte[] Value(long timeMicros, uint partitionId, ReadOnlySpan<byte> changeWithoutDeltas)
    {
        var value = new byte[HeadBytes + changeWithoutDeltas.Length + 1];
        BinaryPrimitives.WriteInt64LittleEndian(value, timeMicros);
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(8), partitionId);
        changeWithoutDeltas.CopyTo(value.AsSpan(HeadBytes));
        return value; // the last byte is the length of no index entries
    }

    internal static HistoryEntry Read(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var offset = HeadBytes;
        return new HistoryEntry(
            LsnOf(key),
            BinaryPrimitives.ReadInt32BigEndian(key[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(value),
            BinaryPrimitives.ReadUInt32LittleEndian(value[8..]),
            Change.Read(value, ref offset));
    }

    /// <summary>The record's LSN in an entry's key.</summary>
    internal static long LsnOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key[4..]);

    /// <summary>The record's time in an entry's value.</summary>
    internal static long TimeOf(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt64LittleEndian(value);
}
