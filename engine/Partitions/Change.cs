using Storage.Engine.Encoding;
using Storage.Engine.Log;

namespace Storage.Engine.Partitions;

/// <summary>What a change says about its item, one bit each.</summary>
[Flags]
internal enum ChangeFlags : byte
{
    None = 0,

    /// <summary>The item has a new image; without it and without <see cref="IndexOnly"/> the item is removed.</summary>
    Put = 1,

    /// <summary>The old image follows: a stream needs it.</summary>
    OldImage = 2,

    /// <summary>The item stays as it is; only index entries change (a backfill).</summary>
    IndexOnly = 4,

    /// <summary>There was an item before.</summary>
    Existed = 8,

    /// <summary>The item expired: time to live removed it, no request did.</summary>
    Expiry = 16,
}

/// <summary>
/// One change of a record: results, not commands. Everything needed to apply it is in its bytes, the index entries it
/// adds and removes included. Byte layout: docs/FILE_FORMATS.md, Changes.
/// </summary>
internal ref struct Change
{
    private ReadOnlySpan<byte> deltas;

    /// <summary>Position of the change's partition among the record's participants.</summary>
    internal int Participant { get; private set; }

    internal ChangeFlags Flags { get; private set; }

    internal ReadOnlySpan<byte> Key { get; private set; }

    internal ReadOnlySpan<byte> NewImage { get; private set; }

    internal ReadOnlySpan<byte> OldImage { get; private set; }

    /// <summary>DynamoDB's size of the item after and before, bytes; for the table's statistics.</summary>
    internal int NewSizeBytes { get; private set; }

    internal int OldSizeBytes { get; private set; }

    /// <summary>Reads the change at <paramref name="offset"/> of a record's body and moves behind it.</summary>
    internal static Change Read(ReadOnlySpan<byte> body, scoped ref int offset) => Read(body, ref offset, out _);

    /// <summary>As the other; <paramref name="deltasOffset"/> is where the index entries begin, their length first.</summary>
    internal static Change Read(ReadOnlySpan<byte> body, scoped ref int offset, out int deltasOffset)
    {
        var change = new Change { Flags = (ChangeFlags)body[offset++] };
        change.Participant = VarInt.Read(body, ref offset);
        change.Key = ReadBlock(body, ref offset);
        change.OldSizeBytes = VarInt.Read(body, ref offset);
        change.NewSizeBytes = VarInt.Read(body, ref offset);
        if ((change.Flags & ChangeFlags.Put) != 0)
        {
            change.NewImage = ReadBlock(body, ref offset);
        }

        if ((change.Flags & ChangeFlags.OldImage) != 0)
        {
            change.OldImage = ReadBlock(body, ref offset);
        }

        deltasOffset = offset;
        change.deltas = ReadBlock(body, ref offset);
        return change;
    }

    /// <summary>Reads the next index entry that the change adds or removes.</summary>
    internal bool TryReadDelta(out IndexDelta delta)
    {
        if (deltas.IsEmpty)
        {
            delta = default;
            return false;
        }

        var offset = 0;
        delta = IndexDelta.Read(deltas, ref offset);
        deltas = deltas[offset..];
        return true;
    }

    /// <summary>Writes a change; <paramref name="deltas"/> are what <see cref="IndexDeltas"/> collected.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The key is too long to be applied: it must not reach the log.</exception>
    internal static void Write(
        RecordBuilder record,
        ChangeFlags flags,
        int participant,
        ReadOnlySpan<byte> key,
        int oldSizeBytes,
        int newSizeBytes,
        ReadOnlySpan<byte> newImage,
        ReadOnlySpan<byte> oldImage,
        ReadOnlySpan<byte> deltas)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, SortedMemory.KeyBytesMax, nameof(key));
        record.GetSpan(1)[0] = (byte)flags;
        record.Advance(1);
        WriteVarInt(record, participant);
        WriteBlock(record, key);
        WriteVarInt(record, oldSizeBytes);
        WriteVarInt(record, newSizeBytes);
        if ((flags & ChangeFlags.Put) != 0)
        {
            WriteBlock(record, newImage);
        }

        if ((flags & ChangeFlags.OldImage) != 0)
        {
            WriteBlock(record, oldImage);
        }

        WriteBlock(record, deltas);
    }

    internal static ReadOnlySpan<byte> ReadBlock(ReadOnlySpan<byte> source, scoped ref int offset)
    {
        var length = VarInt.Read(source, ref offset);
        var block = source.Slice(offset, length);
        offset += length;
        return block;
    }

    private static void WriteBlock(RecordBuilder record, ReadOnlySpan<byte> block)
    {
        WriteVarInt(record, block.Length);
        block.CopyTo(record.GetSpan(block.Length));
        record.Advance(block.Length);
    }

    private static void WriteVarInt(RecordBuilder record, int value) =>
        record.Advance(VarInt.Write(record.GetSpan(VarInt.BytesMax), value));
}
