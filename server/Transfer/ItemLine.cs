using System.Buffers;
using System.Text.Json;

namespace Storage.Server.Transfer;

/// <summary>One line of DynamoDB JSON: <c>{"Item":{...}}</c>.</summary>
internal static class ItemLine
{
    /// <summary>
    /// Finds the bytes of the item's value; null and a reason when the line is not of that form. Attribute values are
    /// not looked into: the store judges them.
    /// </summary>
    internal static string? TryFindItem(ReadOnlySequence<byte> line, out ReadOnlySequence<byte> item)
    {
        item = default;
        try
        {
            var json = new Utf8JsonReader(line);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject || !json.Read())
            {
                return "not a JSON object";
            }

            if (json.TokenType != JsonTokenType.PropertyName || !json.ValueTextEquals("Item"u8))
            {
                return "does not start with \"Item\"";
            }

            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return "\"Item\" is not an object";
            }

            var start = json.TokenStartIndex;
            json.Skip();
            item = line.Slice(start, json.BytesConsumed - start);
            json.Read();
            return json.TokenType != JsonTokenType.EndObject || json.Read() ? "has more than \"Item\"" : null;
        }
        catch (JsonException error)
        {
            return $"not JSON at byte {error.BytePositionInLine}";
        }
    }
}
