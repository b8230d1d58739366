using System.Text.Json;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>The consumed capacity of a request that touches several tables.</summary>
internal sealed class CapacityByTable
{
    private readonly List<ConsumedCapacity> tables = [];

    /// <summary>The tally of a table, begun when this is its first.</summary>
    internal ConsumedCapacity Of(Table table)
    {
        foreach (var known in tables)
        {
            if (known.Table.Stored.Id == table.Stored.Id)
            {
                return known;
            }
        }

        var capacity = new ConsumedCapacity();
        capacity.Begin(table);
        tables.Add(capacity);
        return capacity;
    }

    /// <summary>Writes the member ConsumedCapacity, one element for each table in the order of their first use.</summary>
    internal void WriteMember(Utf8JsonWriter json, ReturnConsumedCapacity wanted, CapacitySort sort)
    {
        json.WriteStartArray("ConsumedCapacity"u8);
        foreach (var capacity in tables)
        {
            capacity.WriteValue(json, wanted, sort);
        }

        json.WriteEndArray();
    }
}
