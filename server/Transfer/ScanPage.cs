using System.Buffers;
using System.Text.Json;

namespace Storage.Server.Transfer;

/// <summary>A Scan's answer turned into lines, item bytes copied as they are.</summary>
internal static class ScanPage
{
    /// <summary>
    /// Writes each item as <c>{"Item":{...}}</c> and a line feed; returns how many there were and the bytes of
    /// LastEvaluatedKey, empty on the last page.
    /// </summary>
    internal static int WriteLines(ReadOnlyMemory<byte> page, IBufferWriter<byte> lines, out ReadOnlyMemory<byte> lastKey)
    {
        lastKey = default;
        var count = 0;
        var json = new Utf8JsonReader(page.Span);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isItems = json.ValueTextEquals("Items"u8);
            var isLastKey = json.ValueTextEquals("LastEvaluatedKey"u8);
            json.Read();
            if (isItems)
            {
                while (json.Read() && json.TokenType == JsonTokenType.StartObject)
                {
                    lines.Write("{\"Item\":"u8);
                    lines.Write(Value(page, ref json).Span);
                    lines.Write("}\n"u8);
                    count++;
                }
            }
            else if (isLastKey)
            {
                lastKey = Value(page, ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return count;
    }

    private static ReadOnlyMemory<byte> Value(ReadOnlyMemory<byte> page, ref Utf8JsonReader json)
    {
        var start = (int)json.TokenStartIndex;
        json.Skip();
        return page[start..(int)json.BytesConsumed];
    }
}
