using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>
/// Reads the state that an opening gives, through the cursors that answer Query and Scan: adds it up by partition, and
/// compares every index with what its table's items say it must hold. Nothing is kept of the items.
/// </summary>
internal sealed class VerifyState(
    DatabaseState state, VerifyFindings findings, Action<string, ReadOnlyMemory<byte>>? systemItem, CancellationToken cancellation)
{
    private const int EntriesPerFill = 1024;

    private readonly SortedDictionary<uint, VerifyPartition> partitions = [];
    private readonly KeyRange range = new();
    private readonly KeyBuffer key = new();
    private readonly ValueWriter image = ValueWriter.Rent();

    internal SortedDictionary<uint, VerifyPartition> Partitions => partitions;

    /// <summary>Sums of each table's items.</summary>
    internal List<VerifiedTable> Tables { get; } = [];

    /// <summary>Reads everything.</summary>
    internal async ValueTask RunAsync()
    {
        await SumAsync(state.System.Catalog, "the catalog").ConfigureAwait(false);
        await SumAsync(state.System.Tokens, "the request tokens").ConfigureAwait(false);
        foreach (var table in state.Catalog.All.OrderBy(table => table.Name, StringComparer.Ordinal))
        {
            var expected = await SumItemsAsync(table).ConfigureAwait(false);
            for (var i = 0; i < table.Maintained.Length; i++)
            {
                var index = table.Maintained[i];
                var held = await SumAsync(index.Partitions, VerifyKeyText.OfIndex(index, table.Name)).ConfigureAwait(false);
                if (index.IsActive && (held.Count != expected[i].Count || held.Hash != expected[i].Hash))
                {
                    await new VerifyIndex(table, index, findings, cancellation).RunAsync().ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>One hash of everything: what partitions hold, and where they stand.</summary>
    internal string Hash()
    {
        var hash = new XxHash128();
        Span<byte> bytes = stackalloc byte[44];
        foreach (var (id, partition) in partitions)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, id);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[4..], partition.Sequence);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[12..], partition.Count);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[20..], partition.SizeBytes);
            BinaryPrimitives.WriteUInt128LittleEndian(bytes[28..], partition.Hash);
            hash.Append(bytes);
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>Adds up a table's items, and for each index the entries that they ask for.</summary>
    private async ValueTask<VerifyPartition[]> SumItemsAsync(Table table)
    {
        var expected = new VerifyPartition[table.Maintained.Length];
        var show = DefinitionRules.IsSystemName(table.Name) ? systemItem : null;
        var sum = await SumAsync(
            table.Partitions,
            $"table {table.Name}",
            (itemKey, item) =>
            {
                CheckKey(table, itemKey, item);
                show?.Invoke(table.Name, item.ToArray());
                for (var i = 0; i < expected.Length; i++)
                {
                    var index = table.Maintained[i];
                    if (index.IsActive && index.TryBuildEntryKey(new ValueView(item), itemKey, key))
                    {
                        image.Clear();
                        index.Project(new ValueView(item), image);
                        expected[i].Add(VerifyPartition.HashOf(key.Span[KeyBuffer.HashOffset..], image.Written), 0);
                    }
                }
            }).ConfigureAwait(false);
        Tables.Add(new VerifiedTable(
            table.Name, sum.Count, sum.SizeBytes, table.Indexes.Length, sum.Hash.ToString("x32", CultureInfo.InvariantCulture)));
        return expected;
    }

    private void CheckKey(Table table, ReadOnlySpan<byte> itemKey, ReadOnlySpan<byte> item)
    {
        if (!table.TryBuildKey(new ValueView(item), key).IsNone || !key.Span.SequenceEqual(itemKey))
        {
            findings.Damage(null, null,
                $"Table {table.Name}: the item at {VerifyKeyText.OfItem(itemKey, table.Key)} has another key in its attributes.");
        }
    }

    private async ValueTask<VerifyPartition> SumAsync(PartitionMap map, string name, VerifyEntry? also = null)
    {
        var sums = new VerifyPartition[map.Partitions.Length];
        var cursor = new RangeCursor();
        range.Start(map.Id, 0, 1);
        cursor.Start(map, range.Low.Span, range.High.Span, true, EntriesPerFill);
        while (await cursor.FillAsync(cancellation).ConfigureAwait(false))
        {
            while (cursor.TryNext())
            {
                var hash = VerifyPartition.HashOf(cursor.Key[KeyBuffer.HashOffset..], cursor.Value);
                sums[map.IndexOf(cursor.Key)].Add(hash, VerifyFold.SizeOf(cursor.Key, cursor.Value));
                also?.Invoke(cursor.Key, cursor.Value);
            }
        }

        var total = default(VerifyPartition);
        for (var i = 0; i < sums.Length; i++)
        {
            var partition = map.Partitions[i];
            if (sums[i].Count != partition.Count || sums[i].SizeBytes != partition.SizeBytes)
            {
                findings.Damage(null, null,
                    $"Partition {partition.Id} of {name} counts {partition.Count} entries of {partition.SizeBytes} bytes, "
                    + $"but holds {sums[i].Count} of {sums[i].SizeBytes}.");
            }

            sums[i].Sequence = partition.Sequence;
            partitions[partition.Id] = sums[i];
            total.Count += sums[i].Count;
            total.SizeBytes += sums[i].SizeBytes;
            total.Hash = unchecked(total.Hash + sums[i].Hash);
        }

        return total;
    }
}

/// <summary>Takes an entry; the spans are valid during the call.</summary>
internal delegate void VerifyEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
