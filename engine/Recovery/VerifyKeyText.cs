using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>Keys as a person reads them: <c>table Music: Artist "Nina Simone", Year 1965</c>.</summary>
internal static class VerifyKeyText
{
    private const int ValueCharsMax = 200;

    /// <summary>An item's key within its table.</summary>
    internal static string OfItem(ReadOnlySpan<byte> key, KeySchema schema)
    {
        try
        {
            var offset = KeyBuffer.PartsOffset;
            var text = new StringBuilder();
            Append(text, key, ref offset, schema);
            return text.ToString();
        }
        catch (Exception damage) when (damage is InvalidDataException or ArgumentException or IndexOutOfRangeException)
        {
            return "key " + Convert.ToHexString(key);
        }
    }

    /// <summary>Which index it is: <c>index ByYear of table Music</c>.</summary>
    internal static string OfIndex(ItemIndex index, string table) => index is SecondaryIndex { Definition.Name: var name }
        ? $"index {name} of table {table}"
        : $"the expiry index of table {table}";

    /// <summary>An index entry's key: when its item expires, or the index's attributes; then the item's.</summary>
    internal static string OfEntry(ReadOnlySpan<byte> key, ItemIndex index, KeySchema table) =>
        OfEntry(key, (index as SecondaryIndex)?.Key, table);

    /// <summary>As the other; the expiry index has no key schema.</summary>
    private static string OfEntry(ReadOnlySpan<byte> key, KeySchema? index, KeySchema table)
    {
        try
        {
            var offset = KeyBuffer.PartsOffset;
            var text = new StringBuilder();
            if (index is null)
            {
                text.Append(CultureInfo.InvariantCulture, $"expiry {ExpiryIndex.SecondsOf(key)}");
            }
            else
            {
                Append(text, key, ref offset, index);
            }

            text.Append(" of the item ");
            Append(text, key, ref offset, table);
            return text.ToString();
        }
        catch (Exception damage) when (damage is InvalidDataException or ArgumentException or IndexOutOfRangeException)
        {
            return "key " + Convert.ToHexString(key);
        }
    }

    /// <summary>A bound of a range of keys of any table or index; the bound may end anywhere in a key.</summary>
    internal static string OfBound(ReadOnlySpan<byte> key, StoredTable? table, StoredIndex? index)
    {
        if (key.Length < KeyBuffer.PartsOffset || table is null)
        {
            return "key " + Convert.ToHexString(key);
        }

        return index is null ? OfItem(key, table.Definition.Key)
            : index == table.Expiry ? OfEntry(key, (KeySchema?)null, table.Definition.Key)
            : OfEntry(key, table.Definition.Indexes[table.Indexes.IndexOf(index)].Key, table.Definition.Key);
    }

    /// <summary>A time in microseconds since 1970-01-01 UTC.</summary>
    internal static string OfTime(long micros) => DateTime.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond)
        .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Where the base item's parts begin in an index entry's key.</summary>
    internal static int BasePartsOffset(ReadOnlySpan<byte> key, ItemIndex index)
    {
        var offset = KeyBuffer.PartsOffset;
        if (index is SecondaryIndex secondary)
        {
            Append(null, key, ref offset, secondary.Key);
        }

        return offset;
    }

    private static void Append(StringBuilder? text, ReadOnlySpan<byte> key, ref int offset, KeySchema schema)
    {
        for (var i = 0; i < schema.Count; i++)
        {
            text?.Append(i > 0 ? ", " : "").Append(schema[i].Name).Append(' ');
            if (i < schema.Partition.Length)
            {
                var length = BinaryPrimitives.ReadUInt16BigEndian(key[offset..]);
                AppendValue(text, schema[i].Type, key.Slice(offset + 2, length));
                offset += 2 + length;
            }
            else
            {
                AppendSortPart(text, key, ref offset, schema[i].Type);
            }
        }
    }

    private static void AppendSortPart(StringBuilder? text, ReadOnlySpan<byte> key, ref int offset, AttributeType type)
    {
        if (type == AttributeType.N)
        {
            var length = NumberCodec.LengthOf(key[offset..]);
            AppendValue(text, type, key.Slice(offset, length));
            offset += length;
            return;
        }

        var content = new List<byte>();
        while (key[offset] != 0 || key[offset + 1] == 0xFF)
        {
            content.Add(key[offset]);
            offset += key[offset] == 0 ? 2 : 1;
        }

        offset += 2;
        AppendValue(text, type, content.ToArray());
    }

    private static void AppendValue(StringBuilder? text, AttributeType type, ReadOnlySpan<byte> content)
    {
        if (text is null)
        {
            return;
        }

        var value = type switch
        {
            AttributeType.S => Quoted(System.Text.Encoding.UTF8.GetString(content)),
            AttributeType.N => Number(content),
            _ => "0x" + Convert.ToHexString(content),
        };
        text.Append(value.Length <= ValueCharsMax
            ? value
            : string.Create(CultureInfo.InvariantCulture, $"{value.AsSpan(0, ValueCharsMax)}... ({content.Length} bytes)"));
    }

    private static string Number(ReadOnlySpan<byte> content)
    {
        Span<byte> text = stackalloc byte[NumberCodec.TextBytesMax];
        return System.Text.Encoding.ASCII.GetString(text[..NumberCodec.Format(content, text)]);
    }

    private static string Quoted(string value)
    {
        var text = new StringBuilder("\"", value.Length + 2);
        foreach (var character in value)
        {
            if (char.IsControl(character) || character is '"' or '\\')
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                text.Append(character);
            }
        }

        return text.Append('"').ToString();
    }
}
