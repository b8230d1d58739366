using System.Buffers;
using System.Text.Json;

namespace Storage.Server.Transfer;

/// <summary>Items on their way into one BatchWriteItem: the request's body as it grows, and where each came from.</summary>
internal sealed class ItemBatch
{
    /// <summary>Source: DynamoDB API Reference, BatchWriteItem.</summary>
    internal const int ItemsMax = 25;

    /// <summary>Leaves room below the 16 MB of a request.</summary>
    internal const int BytesMax = 12 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> body = new(16 * 1024);
    private readonly List<(long Line, int Start, int Length)> items = new(ItemsMax);
    private readonly ReadOnlyMemory<byte> opening;

    private ItemBatch(ReadOnlyMemory<byte> opening)
    {
        this.opening = opening;
        body.Write(opening.Span);
    }

    internal int Count => items.Count;

    internal bool IsFull => items.Count == ItemsMax;

    /// <summary>An empty batch for <paramref name="table"/>.</summary>
    internal static ItemBatch For(string table) =>
        new(JsonOpening(table));

    /// <summary>Whether an item of so many bytes still fits.</summary>
    internal bool Fits(long itemBytes) => items.Count < ItemsMax && body.WrittenCount + itemBytes + 64 <= BytesMax;

    internal void Add(long line, ReadOnlySequence<byte> item)
    {
        if (items.Count > 0)
        {
            body.Write(","u8);
        }

        body.Write("{\"PutRequest\":{\"Item\":"u8);
        items.Add((line, body.WrittenCount, (int)item.Length));
        foreach (var segment in item)
        {
            body.Write(segment.Span);
        }

        body.Write("}}"u8);
    }

    /// <summary>The line of the only item.</summary>
    internal long FirstLine => items[0].Line;

    /// <summary>Closes the body; nothing can be added any more.</summary>
    internal ReadOnlyMemory<byte> Finish()
    {
        body.Write("]}}"u8);
        return body.WrittenMemory;
    }

    /// <summary>Each item as a batch of its own.</summary>
    internal IEnumerable<ItemBatch> Singles()
    {
        foreach (var (line, start, length) in items)
        {
            var single = new ItemBatch(opening);
            single.Add(line, new ReadOnlySequence<byte>(body.WrittenMemory.Slice(start, length)));
            yield return single;
        }
    }

    private static ReadOnlyMemory<byte> JsonOpening(string table) =>
        System.Text.Encoding.UTF8.GetBytes($"{{\"RequestItems\":{{\"{JsonEncodedText.Encode(table)}\":[");
}
