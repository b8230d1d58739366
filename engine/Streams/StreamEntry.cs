using System.Buffers.Binary;
using System.IO.Hashing;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Streams;

/// <summary>A change as a record of a stream: what the stream's view shows of it.</summary>
internal readonly struct StreamEntry
{
    internal StreamEntry(TableStream stream, StreamChange change)
    {
        Stream = stream;
        Change = change;
        SizeBytes = KeysSizeBytes() + SizeOf(NewImage) + SizeOf(OldImage);
    }

    internal TableStream Stream { get; }

    internal StreamChange Change { get; }

    /// <summary>
    /// DynamoDB's size of keys and images as they are sent, names and values, bytes. Source: recorded records of DynamoDB.
    /// </summary>
    internal int SizeBytes { get; }

    /// <summary>INSERT, MODIFY or REMOVE.</summary>
    internal ReadOnlySpan<byte> Name =>
        (Change.Flags & ChangeFlags.Put) == 0 ? "REMOVE"u8
        : (Change.Flags & ChangeFlags.Existed) == 0 ? "INSERT"u8
        : "MODIFY"u8;

    internal bool IsExpiry => (Change.Flags & ChangeFlags.Expiry) != 0;

    /// <summary>The new item if the view shows it; empty if not, or when the item was removed.</summary>
    internal ReadOnlyMemory<byte> NewImage =>
        Stream.View is StreamViewType.NewImage or StreamViewType.NewAndOldImages ? Change.NewImage : default;

    /// <summary>The item before if the view shows it; empty if not, or when there was none.</summary>
    internal ReadOnlyMemory<byte> OldImage =>
        Stream.View is StreamViewType.OldImage or StreamViewType.NewAndOldImages ? Change.OldImage : default;

    /// <summary>An image that has the key attributes, whatever the view shows.</summary>
    internal ReadOnlyMemory<byte> KeyImage => Change.NewImage.IsEmpty ? Change.OldImage : Change.NewImage;

    /// <summary>The partition key's value, encoded; equal keys have equal bytes.</summary>
    internal ReadOnlyMemory<byte> PartitionKey
    {
        get
        {
            var image = KeyImage;
            var value = KeyValue(image.Span, Stream.Key[0]).Encoded;
            image.Span.Overlaps(value, out var offset);
            return image.Slice(offset, value.Length);
        }
    }

    /// <summary>The record's identity, the same whoever reads it and whenever: 32 hex digits of stream and position.</summary>
    internal string EventId
    {
        get
        {
            Span<byte> identity = stackalloc byte[24];
            BinaryPrimitives.WriteUInt32LittleEndian(identity, Change.TableId);
            BinaryPrimitives.WriteInt64LittleEndian(identity[4..], Stream.CreatedMicros);
            BinaryPrimitives.WriteInt64LittleEndian(identity[12..], Change.Position.Lsn);
            BinaryPrimitives.WriteInt32LittleEndian(identity[20..], Change.Position.Ordinal);
            return Convert.ToHexStringLower(XxHash128.Hash(identity));
        }
    }

    /// <summary>A key attribute's value in an image, which every item of the table has.</summary>
    internal static ValueView KeyValue(ReadOnlySpan<byte> image, KeyAttribute attribute) =>
        new ValueView(image).TryGetMember(attribute.NameUtf8, out var value)
            ? value
            : throw new InvalidDataException($"A change in a stream lacks the key attribute {attribute.Name}.");

    private static int SizeOf(ReadOnlyMemory<byte> image) => image.IsEmpty ? 0 : new ValueView(image.Span).ItemSizeBytes;

    private int KeysSizeBytes()
    {
        var image = KeyImage.Span;
        var size = 0;
        for (var i = 0; i < Stream.Key.Count; i++)
        {
            size += Stream.Key[i].NameUtf8.Length + KeyValue(image, Stream.Key[i]).SizeBytes;
        }

        return size;
    }
}
