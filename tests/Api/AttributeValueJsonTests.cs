using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using Storage.Engine.Api;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Api;

public sealed class AttributeValueJsonTests
{
    private const string Everything =
        """
        {"pk":{"S":"caf\u00e9 \ud83d\ude00 \"q\" \\ \/ \b\f\n\r\t \u0001"},"e":{"S":""},"n":{"N":"-0012.50e1"},"\u006ee":{"\u004e":"\u0031\u0032"},
         "b":{"B":"AAEC/w=="},"b2":{"B":"\u002B\/8="},"b0":{"B":""},"t":{"BOOL":true},"f":{"BOOL":false},"z":{"NULL":true},
         "ss":{"SS":["b","a","c\u0041"]},"ns":{"NS":["10","9","-1","1e2"]},"bs":{"BS":["AQ==","AA=="]},
         "l":{"L":[{"S":"x"},{"L":[]},{"M":{}}]},"m":{"M":{"b":{"N":"1"},"a":{"M":{"x":{"NULL":true}}}}},
         "ñ":{"S":"unescaped é 😀"},"u":{"X":[1,{"a":2}],"S":"y","N":null}}
        """;

    private const string EverythingCanonical =
        """
        {"b":{"B":"AAEC/w=="},"b0":{"B":""},"b2":{"B":"+/8="},"bs":{"BS":["AA==","AQ=="]},"e":{"S":""},"f":{"BOOL":false},"l":{"L":[{"S":"x"},{"L":[]},{"M":{}}]},"m":{"M":{"a":{"M":{"x":{"NULL":true}}},"b":{"N":"1"}}},"n":{"N":"-125"},"ne":{"N":"12"},"ns":{"NS":["-1","9","10","100"]},"pk":{"S":"café 😀 \"q\" \\ / \b\f\n\r\t \u0001"},"ss":{"SS":["a","b","cA"]},"t":{"BOOL":true},"u":{"S":"y"},"z":{"NULL":true},"ñ":{"S":"unescaped é 😀"}}
        """;

    [Fact]
    public void An_item_of_every_type_comes_back_canonical() =>
        Assert.Equal(EverythingCanonical, WriteItem(ReadItem(Everything)));

    [Fact]
    public void What_is_written_reads_as_the_same_bytes() =>
        Assert.Equal(ReadItem(Everything), ReadItem(EverythingCanonical));

    [Fact]
    public void An_item_reads_the_same_wherever_its_text_is_cut()
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(Everything);
        var whole = ReadItem(Everything);
        for (var position = 0; position <= bytes.Length; position++)
        {
            Assert.Equal(whole, ReadItem(Segments.SplitAt(bytes, position)));
        }

        Assert.Equal(whole, ReadItem(Segments.Single(bytes)));
    }

    [Fact]
    public void An_item_cut_short_anywhere_is_refused()
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(Everything);
        for (var length = 1; length < bytes.Length; length++)
        {
            var error = Assert.Throws<DynamoDbException>(() => ReadItem(new ReadOnlySequence<byte>(bytes, 0, length)));
            Assert.Equal("SerializationException", error.ErrorType);
        }
    }

    [Fact]
    public void An_item_with_any_byte_changed_reads_or_is_refused()
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(Everything);
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte, Gen.Int[0, bytes.Length]).Sample(
            (position, change, cut) =>
            {
                var damaged = bytes.ToArray();
                damaged[position] = change;
                try
                {
                    var item = ReadItem(Segments.SplitAt(damaged, cut));
                    Assert.Equal(item, ReadItem(WriteItem(item)));
                }
                catch (DynamoDbException)
                {
                    return;
                }
            },
            iter: 20_000);
    }

    [Fact]
    public void Any_text_and_any_bytes_come_back() =>
        Gen.Select(Gen.String[0, 300], Gen.Byte.Array[0, 300]).Sample(
            (text, bytes) =>
            {
                text = string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));
                using var writer = ValueWriter.Rent();
                var list = writer.Begin(ValueTag.List);
                writer.BeginElement();
                writer.WriteString(System.Text.Encoding.UTF8.GetBytes(text));
                writer.BeginElement();
                writer.WriteBinary(bytes);
                writer.End(list);
                var json = Write(writer.Written);

                // Our own text, that of an encoder that escapes all it can, and a parser that is not ours.
                using var document = JsonDocument.Parse(json);
                var elements = document.RootElement.GetProperty("L");
                Assert.Equal(text, elements[0].GetProperty("S").GetString());
                Assert.Equal(bytes, elements[1].GetProperty("B").GetBytesFromBase64());
                Assert.Equal(writer.Written, ReadValue(json));
                var escaped = JsonSerializer.Serialize(document.RootElement);
                Assert.Equal(writer.Written, ReadValue(escaped));
            },
            iter: 300);

    [Fact]
    public void The_reader_ends_on_the_last_token_of_what_it_read()
    {
        var reader = Reader(new ReadOnlySequence<byte>("""[{"S":"a"},{"k":{"N":"1"}},7]"""u8.ToArray()));
        using var writer = ValueWriter.Rent();
        reader.Read();
        reader.Read();
        AttributeValueReader.ReadValue(ref reader, writer);
        Assert.Equal(JsonTokenType.EndObject, reader.TokenType);
        reader.Read();
        AttributeValueReader.ReadItem(ref reader, writer);
        Assert.Equal(JsonTokenType.EndObject, reader.TokenType);
        Assert.True(reader.Read());
        Assert.Equal(7, reader.GetInt32());
    }

    [Fact]
    public void The_writer_fits_between_other_members()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = Json(buffer))
        {
            var item = ReadItem("""{"a":{"N":"1"}}""");
            json.WriteStartObject();
            json.WritePropertyName("Item"u8);
            AttributeValueWriter.WriteItem(json, item);
            json.WritePropertyName("More"u8);
            json.WriteStartArray();
            AttributeValueWriter.WriteItem(json, item);
            AttributeValueWriter.WriteValue(json, new ValueView([(byte)ValueTag.Null]));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        Assert.Equal(
            """{"Item":{"a":{"N":"1"}},"More":[{"a":{"N":"1"}},{"NULL":true}]}""",
            System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    [Fact]
    public void A_large_value_that_needs_escapes_everywhere_comes_back()
    {
        using var writer = ValueWriter.Rent();
        writer.WriteString(new byte[400 * 1024]);
        Assert.Equal(writer.Written, ReadValue(Write(writer.Written)));
    }

    [Fact]
    public void Damaged_item_bytes_write_nothing()
    {
        var item = ReadItem(EverythingCanonical);
        Gen.Select(Gen.Int[0, item.Length - 1], Gen.Byte, Gen.Int[0, item.Length]).Sample(
            (position, change, length) =>
            {
                var damaged = item.ToArray();
                damaged[position] = change;
                var buffer = new ArrayBufferWriter<byte>();
                using var json = Json(buffer);
                try
                {
                    AttributeValueWriter.WriteItem(json, damaged.AsSpan(0, length));
                }
                catch (Exception damage) when (damage is InvalidDataException or IndexOutOfRangeException or ArgumentOutOfRangeException)
                {
                    Assert.Equal(0, json.BytesPending + json.BytesCommitted);
                }
            },
            iter: 5_000);
    }

    internal static byte[] ReadItem(string json) => ReadItem(new ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(json)));

    internal static byte[] ReadItem(ReadOnlySequence<byte> json)
    {
        using var writer = ValueWriter.Rent();
        var reader = Reader(json);
        try
        {
            reader.Read();
        }
        catch (JsonException)
        {
            throw AttributeValueErrors.MalformedJson();
        }

        AttributeValueReader.ReadItem(ref reader, writer);
        return writer.Written.ToArray();
    }

    internal static byte[] ReadValue(string json) => ReadValue(System.Text.Encoding.UTF8.GetBytes(json));

    internal static byte[] ReadValue(byte[] json)
    {
        using var writer = ValueWriter.Rent();
        var reader = Reader(new ReadOnlySequence<byte>(json));
        reader.Read();
        AttributeValueReader.ReadValue(ref reader, writer);
        return writer.Written.ToArray();
    }

    private static Utf8JsonReader Reader(ReadOnlySequence<byte> json) =>
        new(json, new JsonReaderOptions { MaxDepth = AttributeValueReader.JsonDepthMax });

    private static string WriteItem(ReadOnlySpan<byte> item)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = Json(buffer))
        {
            AttributeValueWriter.WriteItem(json, item);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Write(ReadOnlySpan<byte> value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = Json(buffer))
        {
            AttributeValueWriter.WriteValue(json, new ValueView(value));
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static Utf8JsonWriter Json(IBufferWriter<byte> buffer) => new(
        buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
}
