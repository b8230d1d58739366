using System.Globalization;
using System.Text;
using Storage.Engine.Encoding;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Tests.Tables;

/// <summary>All that a state holds, as text: definitions, ids, sequences, counts, sizes, entries and the LSNs they depend on.</summary>
internal static class StateText
{
    internal static string Of(DatabaseState state)
    {
        var text = new StringBuilder();
        var catalog = state.Catalog;
        text.AppendLine(CultureInfo.InvariantCulture, $"next {catalog.NextId} {catalog.NextPartitionId} lsn {catalog.Lsn}");
        Append(text, "catalog", state.System.Catalog);
        Append(text, "tokens", state.System.Tokens);
        foreach (var table in catalog.All.OrderBy(table => table.Name, StringComparer.Ordinal))
        {
            using var item = ValueWriter.Rent();
            CatalogItem.Write(table.Stored, item);
            text.AppendLine(CultureInfo.InvariantCulture, $"table {table.Name} {table.CatalogLsn} {Convert.ToHexString(item.Written)}");
            Append(text, table.Name, table.Partitions);
            foreach (var index in table.Indexes)
            {
                Append(text, index.Definition.Name, index.Partitions);
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, PartitionMap map)
    {
        foreach (var partition in map.Partitions)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{name} {partition.Id} seq {partition.Sequence} count {partition.Count} bytes {partition.SizeBytes}");
        }

        var cursor = new RangeCursor();
        cursor.Start(map, map.Low(0), default, true, 100);
        while (cursor.FillAsync(default).AsTask().Result)
        {
            while (cursor.TryNext())
            {
                using var value = ValueWriter.Rent();
                var lsn = map.Route(cursor.Key).Read(cursor.Key, value, out _);
                text.AppendLine(CultureInfo.InvariantCulture, $"  {Convert.ToHexString(cursor.Key)}={Convert.ToHexString(cursor.Value)} @{lsn}");
            }
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"  lsn {cursor.Lsn}");
    }
}
