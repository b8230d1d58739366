using Storage.Engine;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;
using Storage.Tests.Architecture;
using Xunit;

namespace Storage.Tests.Encoding;

/// <summary>The worked examples of docs/FILE_FORMATS.md are what the code writes.</summary>
public sealed class FormatsPageTests
{
    private static readonly string Page =
        File.ReadAllText(Path.Combine(SourceTests.Repository(), "docs", "FILE_FORMATS.md"));

    [Fact]
    public void The_pages_number_is_the_number_written()
    {
        Span<byte> encoded = stackalloc byte[NumberCodec.EncodedBytesMax];
        Assert.Equal(NumberResult.Valid, NumberCodec.TryEncode("123.4"u8, encoded, out var written));
        Assert.Contains($"`{Hex(encoded[..written])}`", Page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pages_item_is_the_item_written() =>
        Assert.Contains($"`{Hex(Item.Of(("b", "hi"), ("a", 1)).Encoded.Span)}`", Page, StringComparison.Ordinal);

    [Fact]
    public void The_pages_key_is_the_key_written()
    {
        Span<byte> one = stackalloc byte[NumberCodec.EncodedBytesMax];
        NumberCodec.TryEncode("1"u8, one, out var written);
        var key = new KeyBuffer();
        key.Begin(16);
        key.AppendPartitionPart("hi"u8);
        key.EndPartition();
        key.AppendSortPart(AttributeType.N, one[..written]);
        Assert.Contains($"`{Hex(key.Span[..KeyBuffer.HashOffset])}`", Page, StringComparison.Ordinal);
        Assert.Contains($"`{Hex(key.Span[KeyBuffer.PartsOffset..])}`", Page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pages_expiry_entry_is_the_entry_written()
    {
        using var image = ValueWriter.Rent();
        var stored = new StoredIndex(16, 64, 1, IndexStatus.Active);
        var map = PartitionMap.Even(16, 64, 1, 0, MemoryBudget.Unlimited());
        var index = new ExpiryIndex("T", stored, map, new ExpiryBound(new ExpirySignal()));
        index.Project(new ValueView(Item.Of(("T", 1)).Encoded.Span), image);
        Assert.Contains($"`{Hex(image.Written)}`", Page, StringComparison.Ordinal);
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => BitConverter.ToString(bytes.ToArray()).Replace('-', ' ');
}
