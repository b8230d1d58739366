using System.Text.Json;
using Storage.Engine.Encoding;

namespace Storage.Engine.Api;

/// <summary>
/// Writes encoded values as DynamoDB JSON (<c>{"S":"x"}</c>). The text is built in one pooled buffer and handed to the
/// JSON writer whole: its checks of every token cost more than the values themselves.
/// </summary>
internal static class AttributeValueWriter
{
    /// <summary>Writes an item given as an encoded map: <c>{"name":{"S":"x"},...}</c>.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged; nothing was written.</exception>
    internal static void WriteItem(Utf8JsonWriter json, ReadOnlySpan<byte> item)
    {
        var text = new JsonTextBuffer(item.Length);
        try
        {
            WriteMembers(ref text, new ValueView(item), 0);
            json.WriteRawValue(text.Written, skipInputValidation: true);
        }
        finally
        {
            text.Dispose();
        }
    }

    /// <summary>Writes one attribute value: <c>{"S":"x"}</c>.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged; nothing was written.</exception>
    internal static void WriteValue(Utf8JsonWriter json, ValueView value)
    {
        var text = new JsonTextBuffer(value.Encoded.Length);
        try
        {
            WriteTyped(ref text, value, 0);
            json.WriteRawValue(text.Written, skipInputValidation: true);
        }
        finally
        {
            text.Dispose();
        }
    }

    /// <summary>A value as text, for people.</summary>
    internal static string ToText(ValueView value)
    {
        var text = new JsonTextBuffer(value.Encoded.Length);
        try
        {
            WriteTyped(ref text, value, 0);
            return System.Text.Encoding.UTF8.GetString(text.Written);
        }
        finally
        {
            text.Dispose();
        }
    }

    /// <summary>An item as text, for people.</summary>
    internal static string ItemToText(ReadOnlySpan<byte> item)
    {
        var text = new JsonTextBuffer(item.Length);
        try
        {
            WriteMembers(ref text, new ValueView(item), 0);
            return System.Text.Encoding.UTF8.GetString(text.Written);
        }
        finally
        {
            text.Dispose();
        }
    }

    private static void WriteTyped(ref JsonTextBuffer text, ValueView value, int level)
    {
        switch (value.Tag)
        {
            case ValueTag.String:
                text.Append("{\"S\":"u8);
                text.AppendString(value.Scalar);
                break;
            case ValueTag.Number:
                text.Append("{\"N\":"u8);
                text.AppendNumber(value.Scalar);
                break;
            case ValueTag.Binary:
                text.Append("{\"B\":"u8);
                text.AppendBinary(value.Scalar);
                break;
            case ValueTag.Null:
                text.Append("{\"NULL\":true"u8);
                break;
            case ValueTag.True:
                text.Append("{\"BOOL\":true"u8);
                break;
            case ValueTag.False:
                text.Append("{\"BOOL\":false"u8);
                break;
            case ValueTag.Map:
                text.Append("{\"M\":"u8);
                WriteMembers(ref text, value, level);
                break;
            case ValueTag.List:
                text.Append("{\"L\":"u8);
                WriteList(ref text, value, level);
                break;
            case ValueTag.StringSet:
                text.Append("{\"SS\":"u8);
                WriteSet(ref text, value);
                break;
            case ValueTag.NumberSet:
                text.Append("{\"NS\":"u8);
                WriteSet(ref text, value);
                break;
            default:
                text.Append("{\"BS\":"u8);
                WriteSet(ref text, value);
                break;
        }

        text.Append((byte)'}');
    }

    private static void WriteMembers(ref JsonTextBuffer text, ValueView map, int level)
    {
        ValueView.RequireLevel(level);
        var separator = (byte)'{';
        foreach (var member in map.Members)
        {
            text.Append(separator);
            text.AppendString(member.Name);
            text.Append((byte)':');
            WriteTyped(ref text, member.Value, level + 1);
            separator = (byte)',';
        }

        End(ref text, separator, (byte)'{', (byte)'}');
    }

    private static void WriteList(ref JsonTextBuffer text, ValueView list, int level)
    {
        ValueView.RequireLevel(level);
        var separator = (byte)'[';
        foreach (var element in list.Elements)
        {
            text.Append(separator);
            WriteTyped(ref text, element, level + 1);
            separator = (byte)',';
        }

        End(ref text, separator, (byte)'[', (byte)']');
    }

    private static void WriteSet(ref JsonTextBuffer text, ValueView set)
    {
        var tag = set.Tag;
        var separator = (byte)'[';
        foreach (var element in set.Elements)
        {
            text.Append(separator);
            if (tag == ValueTag.StringSet)
            {
                text.AppendString(element.Scalar);
            }
            else if (tag == ValueTag.NumberSet)
            {
                text.AppendNumber(element.Scalar);
            }
            else
            {
                text.AppendBinary(element.Scalar);
            }

            separator = (byte)',';
        }

        End(ref text, separator, (byte)'[', (byte)']');
    }

    /// <summary>An empty container has not been opened yet.</summary>
    private static void End(ref JsonTextBuffer text, byte separator, byte open, byte close)
    {
        if (separator == open)
        {
            text.Append(open);
        }

        text.Append(close);
    }
}
