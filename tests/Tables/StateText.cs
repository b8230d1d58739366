using System.Globalization;
using System.Text;
using Storage.Engine.Encoding;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Tests.Tables;

/// <summary>All that a state holds, as text: definitions, ids, sequences, counts, sizes, entries and the LSNs they depend on.</summary>
internal static class StateText
{
    internal static string Of(DatabaseState state) => Of(state, withLsns: true);

    /// <summary>Without LSNs it is the same before and after a checkpoint: what that holds is durable, whenever it came.</summary>
    internal static string Of(DatabaseState state, bool withLsns)
    {
        var text = new StringBuilder();
        var catalog = state.Catalog;
        text.AppendLine(CultureInfo.InvariantCulture, $"next {catalog.NextId} {catalog.NextPartitionId} lsn {Lsn(catalog.Lsn)}");
        Append(text, "catalog", state.System.Catalog, withLsns);
        Append(text, "tokens", state.System.Tokens, withLsns);
        foreach (var table in catalog.All.OrderBy(table => table.Name, StringComparer.Ordinal))
        {
            using var item = ValueWriter.Rent();
            CatalogItem.Write(table.Stored, item);
            text.AppendLine(CultureInfo.InvariantCulture, $"table {table.Name} {Lsn(table.CatalogLsn)} {Convert.ToHexString(item.Written)}");
            Append(text, table.Name, table.Partitions, withLsns);
            foreach (var index in table.Indexes)
            {
                Append(text, index.Definition.Name, index.Partitions, withLsns);
            }

            if (table.Expiry is { } expiry)
            {
                Append(text, "expiry", expiry.Partitions, withLsns);
            }
        }

        return text.ToString();

        long Lsn(long lsn) => withLsns ? lsn : 0;
    }

    private static void Append(StringBuilder text, string name, PartitionMap map, bool withLsns)
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
                text.AppendLine(CultureInfo.InvariantCulture, $"  {Convert.ToHexString(cursor.Key)}={Convert.ToHexString(cursor.Value)} @{(withLsns ? lsn : 0)}");
            }
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"  lsn {(withLsns ? cursor.Lsn : 0)}");
    }
}
