using System.Text.Json;

namespace Storage.Engine.Api;

/// <summary>Reads the maps from attribute names that legacy parameters are.</summary>
internal static class LegacyMap
{
    /// <summary>
    /// Moves to the next attribute and on to its structure's first token; false at the map's end. The reader stands on
    /// the last token of the entry before, or on the map's first one.
    /// </summary>
    internal static bool Next(ref Utf8JsonReader reader, out string attributeName)
    {
        attributeName = string.Empty;
        if (!RequestJson.NextMember(ref reader))
        {
            return false;
        }

        attributeName = RequestJson.Text(ref reader);
        if (attributeName.Length == 0)
        {
            throw AttributeValueErrors.EmptyName();
        }

        if (System.Text.Encoding.UTF8.GetByteCount(attributeName) > AttributeValueReader.NameBytesMax)
        {
            throw AttributeValueErrors.LongName();
        }

        RequestJson.MoveToValue(ref reader);
        RequestJson.RequireObject(ref reader);
        return true;
    }

    /// <summary>Puts an entry in; as in any JSON object of AWS's protocol, the last of a name counts.</summary>
    internal static void Set<T>(List<T> entries, Dictionary<string, int> positions, string attributeName, T entry)
    {
        if (positions.TryAdd(attributeName, entries.Count))
        {
            entries.Add(entry);
        }
        else
        {
            entries[positions[attributeName]] = entry;
        }
    }
}
