using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>
/// ItemCollectionMetrics of writes: only tables with a local index have item collections. The estimate is a range of
/// whole gigabytes; sizes of single collections are not kept, so it is the lowest one.
/// </summary>
internal static class ItemCollectionMetrics
{
    internal static bool HasCollections(Table table)
    {
        foreach (var index in table.Indexes)
        {
            if (index.Definition.IsLocal)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes the member of a single-item answer; nothing when the table has no collections.</summary>
    internal static void WriteMember(Utf8JsonWriter json, ItemWrite write)
    {
        if (HasCollections(write.Table))
        {
            json.WritePropertyName("ItemCollectionMetrics"u8);
            WriteValue(json, write);
        }
    }

    /// <summary>Writes the member of an answer on several writes: metrics by table.</summary>
    internal static void WriteMember(Utf8JsonWriter json, IReadOnlyList<ItemWrite> writes)
    {
        var open = false;
        for (var i = 0; i < writes.Count; i++)
        {
            if (!HasCollections(writes[i].Table) || IsRepeated(writes, i))
            {
                continue;
            }

            if (!open)
            {
                json.WriteStartObject("ItemCollectionMetrics"u8);
                open = true;
            }

            WriteTable(json, writes, i);
        }

        if (open)
        {
            json.WriteEndObject();
        }
    }

    private static bool IsRepeated(IReadOnlyList<ItemWrite> writes, int position)
    {
        for (var i = 0; i < position; i++)
        {
            if (writes[i].Table.Stored.Id == writes[position].Table.Stored.Id)
            {
                return true;
            }
        }

        return false;
    }

    private static void WriteTable(Utf8JsonWriter json, IReadOnlyList<ItemWrite> writes, int first)
    {
        json.WriteStartArray(writes[first].Table.Name);
        for (var i = first; i < writes.Count; i++)
        {
            if (writes[i].Table.Stored.Id == writes[first].Table.Stored.Id)
            {
                WriteValue(json, writes[i]);
            }
        }

        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, ItemWrite write)
    {
        var partition = write.Table.Key.Partition[0];
        new ValueView(write.Item.Span).TryGetMember(partition.NameUtf8, out var value);
        json.WriteStartObject();
        json.WriteStartObject("ItemCollectionKey"u8);
        json.WritePropertyName(partition.NameUtf8);
        AttributeValueWriter.WriteValue(json, value);
        json.WriteEndObject();
        json.WriteStartArray("SizeEstimateRangeGB"u8);
        json.WriteRawValue("0.0"u8, skipInputValidation: true);
        json.WriteRawValue("1.0"u8, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
