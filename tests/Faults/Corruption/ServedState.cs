using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Storage.Engine;
using Storage.Engine.Encoding;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Faults.Corruption;

/// <summary>
/// All that a store serves, hashed piece by piece: definitions, counts and sizes, every table and index read both ways,
/// every key that was ever used read alone, the history of streams, and whether tokens are still known. A piece that cannot be read for a damaged
/// block is that block's message instead.
/// </summary>
internal sealed class ServedState
{
    private readonly SortedDictionary<string, string> pieces = new(StringComparer.Ordinal);

    private ServedState()
    {
    }

    /// <summary>The texts of damaged blocks that reads failed with.</summary>
    internal List<string> Failures { get; } = [];

    /// <summary>Reads everything.</summary>
    /// <param name="store">The store; it makes a checkpoint, and writes what it should not when a token was forgotten.</param>
    /// <param name="workload">What was ever written.</param>
    internal static async Task<ServedState> ReadAsync(Store store, Workload workload)
    {
        var served = new ServedState();
        await served.ReadTablesAsync(store);
        foreach (var (table, keys) in workload.Keys)
        {
            await served.PieceAsync($"gets of {table}", hash => GetAsync(store, table, keys, hash));
        }

        await served.PieceAsync("tokens", hash => workload.SendTokensAgainAsync(store, hash));
        await served.PieceAsync("history", hash => ReadHistoryAsync(store, hash));
        return served;
    }

    /// <summary>The first piece that is neither the other's nor failed by name; null when there is none.</summary>
    internal string? DifferenceFrom(ServedState expected)
    {
        foreach (var (piece, hash) in expected.pieces)
        {
            if (!pieces.TryGetValue(piece, out var own) || (own.Length > 0 && own != hash))
            {
                return piece;
            }
        }

        return pieces.Keys.FirstOrDefault(piece => !expected.pieces.ContainsKey(piece));
    }

    private static async Task GetAsync(Store store, string table, IReadOnlyList<Item> keys, XxHash128 hash)
    {
        if (await store.FindTableAsync(table) is null)
        {
            return;
        }

        foreach (var key in keys)
        {
            var item = await store.GetAsync(table, key);
            Append(hash, item is null ? default : item.Encoded.Span);
        }
    }

    /// <summary>Past changes are in history files up to the last checkpoint and in the log behind it: one more, and all are in files.</summary>
    private static async Task ReadHistoryAsync(Store store, XxHash128 hash)
    {
        await store.Checkpointer!.CheckpointAsync(default);
        var cursor = new RunSetCursor();
        cursor.Start(store.Checkpointer.Live.History, default, default, true);
        try
        {
            while (cursor.MoveNext())
            {
                Append(hash, cursor.Key);
                Append(hash, cursor.Value);
            }
        }
        finally
        {
            cursor.Stop();
        }
    }

    private static void Append(XxHash128 hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.Append(length);
        hash.Append(bytes);
    }

    private async Task ReadTablesAsync(Store store)
    {
        var catalog = store.Database.Catalog;
        var tables = catalog.All.OrderBy(table => table.Name, StringComparer.Ordinal).ToList();
        await PieceAsync("catalog", hash =>
        {
            Append(hash, Encoding.UTF8.GetBytes(FormattableString.Invariant($"{catalog.NextId} {catalog.NextPartitionId}")));
            foreach (var table in tables)
            {
                using var item = ValueWriter.Rent();
                CatalogItem.Write(table.Stored, item);
                Append(hash, item.Written);
            }

            return Task.CompletedTask;
        });
        foreach (var table in tables)
        {
            await ReadMapAsync(table.Name, table.Partitions);
            foreach (var index in table.Indexes)
            {
                await ReadMapAsync(table.Name + "/" + index.Definition.Name, index.Partitions);
            }
        }
    }

    private async Task ReadMapAsync(string name, PartitionMap map)
    {
        await PieceAsync(name + " counts", hash =>
        {
            foreach (var partition in map.Partitions)
            {
                Append(hash, Encoding.UTF8.GetBytes(
                    FormattableString.Invariant($"{partition.Id} {partition.Sequence} {partition.Count} {partition.SizeBytes}")));
            }

            return Task.CompletedTask;
        });
        await PieceAsync(name + " ascending", hash => ScanAsync(map, true, hash));
        await PieceAsync(name + " descending", hash => ScanAsync(map, false, hash));
    }

    private static async Task ScanAsync(PartitionMap map, bool ascending, XxHash128 hash)
    {
        var cursor = new RangeCursor();
        var above = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(above, map.Id + 1);
        cursor.Start(map, map.Low(0), above, ascending, 100);
        while (await cursor.FillAsync(default))
        {
            while (cursor.TryNext())
            {
                Append(hash, cursor.Key);
                Append(hash, cursor.Value);
            }
        }
    }

    private async Task PieceAsync(string name, Func<XxHash128, Task> read)
    {
        var hash = new XxHash128();
        try
        {
            await read(hash);
            pieces[name] = Convert.ToHexString(hash.GetCurrentHash());
        }
        catch (DamagedBlockException damaged)
        {
            Failures.Add(damaged.Message);
            pieces[name] = "";
        }
    }
}
