using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// Reads DynamoDB JSON (<c>{"S":"x"}</c>) straight into encoded values. Every refusal is a
/// <see cref="DynamoDbException"/> with AWS's bare text; after one the writer holds half a value and is to be cleared or
/// disposed. The reader must hold the whole body (one or many segments).
/// <para>Members whose JSON value is null count as absent and unknown data types are skipped, as AWS's protocol layer
/// does with members it does not know.</para>
/// </summary>
internal static class AttributeValueReader
{
    /// <summary>
    /// For <see cref="JsonReaderOptions.MaxDepth"/> of the callers. Each level of a value costs two levels of JSON, the
    /// 33rd must still be readable to be refused with AWS's text, and the deepest request wraps an item in seven:
    /// 7 + 2 x 33 fits twice. What nests deeper in members that nobody reads is refused by the JSON reader.
    /// </summary>
    internal const int JsonDepthMax = 128;

    /// <summary>
    /// Levels of values, an attribute's own value being the first. Captured: 31 containers around a scalar pass, 32
    /// fail. A set is one level; its elements are none.
    /// </summary>
    internal const int NestingLevelsMax = 32;

    /// <summary>Bytes of an attribute's name. Source: Developer Guide, Quotas.</summary>
    internal const int NameBytesMax = 65_535;

    // The longest type name, every character escaped.
    private const int TypeNameRawBytesMax = AttributeTypeName.BytesMax * 6;

    /// <summary>
    /// Reads an item or key, <c>{"name":{"S":"x"},...}</c>, as a map. The reader stands on its first token and ends on
    /// its last.
    /// </summary>
    internal static void ReadItem(ref Utf8JsonReader reader, ValueWriter writer)
    {
        try
        {
            ReadMap(ref reader, writer, level: 0);
        }
        catch (JsonException)
        {
            throw AttributeValueErrors.MalformedJson();
        }
    }

    /// <summary>Reads one attribute value, <c>{"S":"x"}</c>. The reader stands on its first token and ends on its last.</summary>
    internal static void ReadValue(ref Utf8JsonReader reader, ValueWriter writer)
    {
        try
        {
            ReadTyped(ref reader, writer, level: 1);
        }
        catch (JsonException)
        {
            throw AttributeValueErrors.MalformedJson();
        }
    }

    private static void ReadTyped(ref Utf8JsonReader reader, ValueWriter writer, int level)
    {
        if (level > NestingLevelsMax)
        {
            throw AttributeValueErrors.NestedTooDeep();
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw reader.TokenType == JsonTokenType.Null
                ? AttributeValueErrors.EmptyValue()
                : AttributeValueErrors.NotAStructure(reader.TokenType);
        }

        var found = false;
        while (true)
        {
            JsonToken.Next(ref reader);
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                break;
            }

            var known = TryReadType(ref reader, out var type);
            JsonToken.Next(ref reader);
            if (!known || reader.TokenType == JsonTokenType.Null)
            {
                JsonToken.Skip(ref reader);
                continue;
            }

            if (found)
            {
                throw AttributeValueErrors.SeveralTypes();
            }

            ReadContent(ref reader, writer, type, level);
            found = true;
        }

        if (!found)
        {
            throw AttributeValueErrors.EmptyValue();
        }
    }

    private static void ReadContent(ref Utf8JsonReader reader, ValueWriter writer, AttributeType type, int level)
    {
        switch (type)
        {
            case AttributeType.S:
                ReadString(ref reader, writer);
                return;
            case AttributeType.N:
                ReadNumber(ref reader, writer);
                return;
            case AttributeType.B:
                ReadBinary(ref reader, writer);
                return;
            case AttributeType.BOOL:
                writer.WriteBoolean(ReadBoolean(ref reader));
                return;
            case AttributeType.NULL:
                if (!ReadBoolean(ref reader))
                {
                    throw AttributeValueErrors.NullNotTrue();
                }

                writer.WriteNull();
                return;
            case AttributeType.M:
                ReadMap(ref reader, writer, level);
                return;
            case AttributeType.L:
                ReadList(ref reader, writer, level);
                return;
            default:
                ReadSet(ref reader, writer, type);
                return;
        }
    }

    private static void ReadMap(ref Utf8JsonReader reader, ValueWriter writer, int level)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw AttributeValueErrors.NotAMap(reader.TokenType);
        }

        var mark = writer.Begin(ValueTag.Map);
        while (true)
        {
            JsonToken.Next(ref reader);
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                break;
            }

            ReadName(ref reader, writer);
            JsonToken.Next(ref reader);
            ReadTyped(ref reader, writer, level + 1);
        }

        if (!writer.End(mark))
        {
            throw AttributeValueErrors.RepeatedName();
        }
    }

    private static void ReadList(ref Utf8JsonReader reader, ValueWriter writer, int level)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw AttributeValueErrors.NotAList(reader.TokenType);
        }

        var mark = writer.Begin(ValueTag.List);
        while (true)
        {
            JsonToken.Next(ref reader);
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                break;
            }

            writer.BeginElement();
            ReadTyped(ref reader, writer, level + 1);
        }

        writer.End(mark);
    }

    private static void ReadSet(ref Utf8JsonReader reader, ValueWriter writer, AttributeType type)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw AttributeValueErrors.NotAList(reader.TokenType);
        }

        var start = reader; // a set that turns out wrong is named as it was written, before sorting
        var empty = true;
        var mark = writer.Begin(SetTag(type));
        while (true)
        {
            JsonToken.Next(ref reader);
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                break;
            }

            if (reader.TokenType == JsonTokenType.Null)
            {
                throw AttributeValueErrors.NullElement(type);
            }

            empty = false;
            writer.BeginElement();
            switch (type)
            {
                case AttributeType.SS:
                    ReadString(ref reader, writer);
                    break;
                case AttributeType.NS:
                    ReadNumber(ref reader, writer);
                    break;
                default:
                    ReadBinary(ref reader, writer);
                    break;
            }
        }

        if (empty)
        {
            throw AttributeValueErrors.EmptySet(type);
        }

        if (!writer.End(mark))
        {
            throw AttributeValueErrors.Duplicates(type, start);
        }
    }

    private static ValueTag SetTag(AttributeType type) => type switch
    {
        AttributeType.SS => ValueTag.StringSet,
        AttributeType.NS => ValueTag.NumberSet,
        _ => ValueTag.BinarySet,
    };

    private static void ReadName(ref Utf8JsonReader reader, ValueWriter writer)
    {
        var rawLength = JsonToken.RawLength(ref reader);
        if (rawLength == 0)
        {
            throw AttributeValueErrors.EmptyName();
        }

        int length;
        if (JsonToken.IsPlain(ref reader))
        {
            var name = reader.ValueSpan;
            JsonToken.RequireUtf8(name);
            length = name.Length;
            writer.BeginMember(name);
        }
        else
        {
            length = JsonToken.Copy(ref reader, writer.BeginMemberName(rawLength));
            writer.EndMemberName(length);
        }

        if (length > NameBytesMax)
        {
            throw AttributeValueErrors.LongName();
        }
    }

    private static void ReadString(ref Utf8JsonReader reader, ValueWriter writer)
    {
        RequireString(ref reader);
        if (JsonToken.IsPlain(ref reader))
        {
            JsonToken.RequireUtf8(reader.ValueSpan);
            writer.WriteString(reader.ValueSpan);
        }
        else
        {
            var room = writer.BeginScalar(JsonToken.RawLength(ref reader));
            writer.EndScalar(ValueTag.String, JsonToken.Copy(ref reader, room));
        }
    }

    private static void ReadNumber(ref Utf8JsonReader reader, ValueWriter writer)
    {
        RequireString(ref reader);
        if (JsonToken.IsPlain(ref reader))
        {
            var room = writer.BeginScalar(NumberCodec.EncodedBytesMax);
            var result = NumberCodec.TryEncode(reader.ValueSpan, room, out var written);
            if (result != NumberResult.Valid)
            {
                throw result.ToException(reader.ValueSpan);
            }

            writer.EndScalar(ValueTag.Number, written);
        }
        else
        {
            // The writer's own room holds the unescaped text, which the number then replaces.
            var room = writer.BeginScalar(JsonToken.RawLength(ref reader));
            var text = room[..JsonToken.Copy(ref reader, room)];
            var result = writer.WriteNumberText(text);
            if (result != NumberResult.Valid)
            {
                throw result.ToException(text);
            }
        }
    }

    private static void ReadBinary(ref Utf8JsonReader reader, ValueWriter writer)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw AttributeValueErrors.NotABinary(reader.TokenType);
        }

        var room = writer.BeginScalar(JsonToken.RawLength(ref reader));
        int written;
        if (JsonToken.IsPlain(ref reader))
        {
            written = BinaryText.Decode(reader.ValueSpan, room);
        }
        else
        {
            var text = room[..JsonToken.Copy(ref reader, room)];
            written = BinaryText.DecodeInPlace(text);
        }

        writer.EndScalar(ValueTag.Binary, written);
    }

    private static bool ReadBoolean(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw AttributeValueErrors.NotABoolean(reader.TokenType),
    };

    /// <summary>False for a data type that does not exist.</summary>
    private static bool TryReadType(ref Utf8JsonReader reader, out AttributeType type)
    {
        if (JsonToken.IsPlain(ref reader))
        {
            return AttributeTypeName.TryRead(reader.ValueSpan, out type);
        }

        type = default;
        if (JsonToken.RawLength(ref reader) > TypeNameRawBytesMax)
        {
            return false;
        }

        Span<byte> name = stackalloc byte[TypeNameRawBytesMax];
        return AttributeTypeName.TryRead(name[..JsonToken.Copy(ref reader, name)], out type);
    }

    private static void RequireString(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw AttributeValueErrors.NotAString(reader.TokenType, "String");
        }
    }
}
