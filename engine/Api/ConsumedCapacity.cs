using System.Text.Json;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>What ConsumedCapacity shows beside CapacityUnits: transactions say which sort of units they took.</summary>
internal enum CapacitySort
{
    Plain,
    TransactionRead,
    TransactionWrite,
}

/// <summary>
/// What a request took of one table and its indexes, in half units so that sums are exact: an eventually consistent
/// read takes half a unit. Reusable. Source: Developer Guide, read and write capacity; captured consumption.
/// </summary>
internal sealed class ConsumedCapacity
{
    private const int ReadUnitBytes = 4096;
    private const int WriteUnitBytes = 1024;

    private Table table = null!;
    private long tableHalves;
    private long[] indexHalves = [];

    internal Table Table => table;

    /// <summary>Half units of one read of so many bytes before filter and projection; an absent item takes the least.</summary>
    internal static long ReadHalves(long bytes, bool consistent) =>
        Math.Max(1, (bytes + ReadUnitBytes - 1) / ReadUnitBytes) * (consistent ? 2 : 1);

    internal void Begin(Table charged)
    {
        table = charged;
        tableHalves = 0;
        if (indexHalves.Length < charged.Indexes.Length)
        {
            indexHalves = new long[charged.Indexes.Length];
        }

        indexHalves.AsSpan().Clear();
    }

    internal void AddRead(long bytes, bool consistent) => tableHalves += ReadHalves(bytes, consistent);

    /// <summary>A Query or Scan of the index at that position in <see cref="Table.Indexes"/>.</summary>
    internal void AddIndexRead(int index, long bytes, bool consistent) =>
        indexHalves[index] += ReadHalves(bytes, consistent);

    /// <summary>A transaction's read takes twice what a consistent one does.</summary>
    internal void AddTransactionRead(long bytes) => tableHalves += 2 * ReadHalves(bytes, true);

    /// <summary>One write: the larger of the item before and after; twice that in a transaction, the indexes once.</summary>
    internal void AddWrite(ItemWrite write, bool isTransaction)
    {
        var bytes = Math.Max(write.OldSizeBytes, write.NewSizeBytes);
        tableHalves += Math.Max(1, (bytes + WriteUnitBytes - 1) / WriteUnitBytes) * (isTransaction ? 4 : 2);
        if (write.Result != WriteResult.Written)
        {
            return; // Index units are of an earlier use of the write.
        }

        for (var i = 0; i < Math.Min(indexHalves.Length, write.IndexWriteUnits.Length); i++)
        {
            indexHalves[i] += 2L * write.IndexWriteUnits[i];
        }
    }

    /// <summary>Writes the member ConsumedCapacity of a single-table answer; nothing for NONE.</summary>
    internal void WriteMember(Utf8JsonWriter json, ReturnConsumedCapacity wanted)
    {
        if (wanted != ReturnConsumedCapacity.None)
        {
            json.WritePropertyName("ConsumedCapacity"u8);
            WriteValue(json, wanted, CapacitySort.Plain);
        }
    }

    /// <summary>Writes the structure itself.</summary>
    internal void WriteValue(Utf8JsonWriter json, ReturnConsumedCapacity wanted, CapacitySort sort)
    {
        var total = tableHalves;
        foreach (var halves in indexHalves)
        {
            total += halves;
        }

        json.WriteStartObject();
        json.WriteString("TableName"u8, table.Name);
        WriteUnits(json, total, sort);
        if (wanted == ReturnConsumedCapacity.Indexes)
        {
            json.WriteStartObject("Table"u8);
            WriteUnits(json, tableHalves, sort);
            json.WriteEndObject();
            WriteIndexes(json, "LocalSecondaryIndexes"u8, true, sort);
            WriteIndexes(json, "GlobalSecondaryIndexes"u8, false, sort);
        }

        json.WriteEndObject();
    }

    private void WriteIndexes(Utf8JsonWriter json, ReadOnlySpan<byte> member, bool local, CapacitySort sort)
    {
        var any = false;
        for (var i = 0; i < table.Indexes.Length; i++)
        {
            if (indexHalves[i] == 0 || table.Indexes[i].Definition.IsLocal != local)
            {
                continue;
            }

            if (!any)
            {
                json.WriteStartObject(member);
                any = true;
            }

            json.WriteStartObject(table.Indexes[i].NameUtf8);
            WriteUnits(json, indexHalves[i], sort);
            json.WriteEndObject();
        }

        if (any)
        {
            json.WriteEndObject();
        }
    }

    private static void WriteUnits(Utf8JsonWriter json, long halves, CapacitySort sort)
    {
        WriteNumber(json, "CapacityUnits"u8, halves);
        if (sort != CapacitySort.Plain)
        {
            WriteNumber(json, sort == CapacitySort.TransactionRead ? "ReadCapacityUnits"u8 : "WriteCapacityUnits"u8, halves);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> member, long halves)
    {
        Span<byte> text = stackalloc byte[24];
        System.Buffers.Text.Utf8Formatter.TryFormat(halves / 2, text, out var length);
        text[length++] = (byte)'.';
        text[length++] = (byte)(halves % 2 == 0 ? '0' : '5');
        json.WritePropertyName(member);
        json.WriteRawValue(text[..length], skipInputValidation: true);
    }
}
