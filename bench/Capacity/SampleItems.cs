using System.Buffers.Binary;
using System.Globalization;
using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Bench.Capacity;

/// <summary>
/// Items whose every byte follows from their number and version, so that a reader can tell a right one from a wrong
/// one. Either each has a partition key of its own, or a hundred share one.
/// </summary>
internal sealed class SampleItems
{
    internal const string Table = "Samples";
    internal const int CollectionItems = 100;
    private const int FirstSort = 100; // three digits each

    private readonly bool hasSortKey;
    private readonly int fillerBytes;

    internal SampleItems(int itemBytes, bool hasSortKey = false)
    {
        this.hasSortKey = hasSortKey;
        fillerBytes = 8;
        fillerBytes = Math.Max(8, itemBytes - Of(0, 0).SizeBytes + 8);
        ItemBytes = Of(0, 0).SizeBytes;
    }

    /// <summary>DynamoDB's size of each item.</summary>
    internal int ItemBytes { get; }

    internal TableDefinition Definition => new()
    {
        Name = Table,
        Key = hasSortKey
            ? new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("sk", AttributeType.N))
            : new KeySchema(new KeyAttribute("pk", AttributeType.S)),
    };

    internal static string Collection(int collection) => Text(collection);

    internal Item Key(int number) => hasSortKey
        ? Item.Of(("pk", Text(number / CollectionItems)), ("sk", FirstSort + (number % CollectionItems)))
        : Item.Of(("pk", Text(number)));

    internal int NumberOf(Item item)
    {
        var text = int.Parse(item["pk"].AsString().AsSpan(1), CultureInfo.InvariantCulture);
        return hasSortKey ? (text * CollectionItems) + (int)item["sk"].AsInt64() - FirstSort : text;
    }

    internal Item Of(int number, int version)
    {
        AttributeValue filler = Filler(number, version);
        return hasSortKey
            ? Item.Of(("pk", Text(number / CollectionItems)), ("sk", FirstSort + (number % CollectionItems)), ("d", filler))
            : Item.Of(("pk", Text(number)), ("d", filler));
    }

    /// <exception cref="InvalidOperationException">It is not that item in that version.</exception>
    internal void Check(Item? item, int number, int version)
    {
        if (item is null || !item.Equals(Of(number, version)))
        {
            throw new InvalidOperationException(
                $"Item {number} should be of version {version} and is {item?.ToString() ?? "missing"}.");
        }
    }

    private static string Text(int number) => "k" + number.ToString("D9", CultureInfo.InvariantCulture);

    private byte[] Filler(int number, int version)
    {
        var filler = new byte[fillerBytes];
        var seed = ((ulong)(uint)number << 32) | (uint)version;
        var left = filler.AsSpan();
        while (left.Length >= 8)
        {
            seed = (seed * 6364136223846793005) + 1442695040888963407;
            BinaryPrimitives.WriteUInt64LittleEndian(left, seed ^ (seed >> 29));
            left = left[8..];
        }

        left.Fill((byte)number);
        return filler;
    }
}
