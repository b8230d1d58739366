using System.Buffers.Binary;
using System.IO.Hashing;

namespace Storage.Engine.Log;

/// <summary>
/// The 64 bytes in front of a record's payload, little-endian. The last eight are a checksum over the others, seeded
/// with the log's identity; as the others hold the payload's hash and the checksum of the record before, it vouches
/// for the whole log up to here.
/// </summary>
/// <param name="Kind">What the record is.</param>
/// <param name="PayloadBytes">Bytes of participants and body.</param>
/// <param name="Lsn">Dense log sequence number, from 1.</param>
/// <param name="DurableLsn">Everything up to here was known to be durable when this record was stamped.</param>
/// <param name="TimeMicros">Microseconds since 1970-01-01 UTC; never smaller than the record before.</param>
/// <param name="PreviousChecksum">The record before's checksum; the log's seed for the first.</param>
/// <param name="PayloadHash">XXH3 of the payload.</param>
/// <param name="Epoch">Which owner of the log wrote it.</param>
/// <param name="ParticipantCount">Participants at the start of the payload.</param>
/// <param name="Checksum">XXH3 of the 56 bytes before it.</param>
internal readonly record struct RecordHeader(
    RecordKind Kind,
    int PayloadBytes,
    long Lsn,
    long DurableLsn,
    long TimeMicros,
    ulong PreviousChecksum,
    ulong PayloadHash,
    uint Epoch,
    int ParticipantCount,
    ulong Checksum)
{
    internal const int SizeBytes = 64;

    private const int ChecksumOffset = 56;

    /// <summary>"SR" and the version of the format: what every record's header starts with.</summary>
    internal static ReadOnlySpan<byte> Magic => "SR\x01"u8;

    /// <summary>Writes what is known before the record's turn comes. The payload is hashed here, outside the append lock.</summary>
    internal static void Prepare(Span<byte> header, RecordBuilder record, uint epoch)
    {
        Magic.CopyTo(header);
        header[3] = (byte)record.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], record.PayloadBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], XxHash3.HashToUInt64(record.Payload));
        BinaryPrimitives.WriteUInt32LittleEndian(header[48..], epoch);
        BinaryPrimitives.WriteInt32LittleEndian(header[52..], record.ParticipantCount);
    }

    /// <summary>Writes what only the append lock knows, and returns the record's checksum.</summary>
    internal static ulong Stamp(
        Span<byte> header, long lsn, long durableLsn, long timeMicros, ulong previousChecksum, long seed)
    {
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], lsn);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], durableLsn);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], timeMicros);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], previousChecksum);
        var checksum = XxHash3.HashToUInt64(header[..ChecksumOffset], seed);
        BinaryPrimitives.WriteUInt64LittleEndian(header[ChecksumOffset..], checksum);
        return checksum;
    }

    /// <summary>Reads a header that is whole and of this log; says nothing about its place in the chain.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> source, long seed, out RecordHeader header)
    {
        header = default;
        if (source.Length < SizeBytes || !source.StartsWith(Magic))
        {
            return false;
        }

        header = new RecordHeader(
            (RecordKind)source[3],
            BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[52..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[ChecksumOffset..]));
        return header.Checksum == XxHash3.HashToUInt64(source[..ChecksumOffset], seed)
            && header.PayloadBytes is >= 0 and <= LogGeometry.PayloadBytesMax
            && header.ParticipantCount >= 0
            && header.ParticipantCount <= header.PayloadBytes / Participant.SizeBytes;
    }
}
