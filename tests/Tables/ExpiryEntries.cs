using Storage.Engine.Tables;

namespace Storage.Tests.Tables;

/// <summary>The entries of a table's expiry index as text, <c>seconds sort-key</c>, in order of that text.</summary>
internal static class ExpiryEntries
{
    internal static List<string> Of(Table table)
    {
        var entries = new List<string>();
        var map = table.Expiry!.Partitions;
        var cursor = new RangeCursor();
        cursor.Start(map, map.Low(0), default, true, 100);
        while (cursor.FillAsync(default).AsTask().Result)
        {
            while (cursor.TryNext())
            {
                // The sort key, a string, ends the entry's key: its bytes and two zeros.
                var key = cursor.Key;
                var partitionBytes = 2 + System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(key[12..]);
                var sort = System.Text.Encoding.UTF8.GetString(key[(12 + partitionBytes)..^2]);
                entries.Add($"{ExpiryIndex.SecondsOf(key)} {sort}");
            }
        }

        entries.Sort(StringComparer.Ordinal);
        return entries;
    }
}
