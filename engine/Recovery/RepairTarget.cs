using System.Buffers.Binary;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>
/// The new store of a repair: an ordinary one, written to by ordinary commits, which make the index entries anew. Tables
/// keep their identity and get new ids, so nothing of the old files can be taken for theirs.
/// </summary>
internal sealed class RepairTarget(Database database, CancellationToken cancellation) : IDisposable
{
    private const int WritesMax = 256;
    private const int BytesMax = 1024 * 1024;

    private readonly Dictionary<uint, Table> tables = []; // by the id that the table had
    private readonly List<ItemWrite> batch = [];
    private readonly Stack<ItemWrite> spare = new();
    private readonly List<(string Name, StreamViewType Stream)> streams = [];
    private long batchBytes;

    /// <summary>Creates a table as it was, without its stream until all items are in: they are no news to anyone.</summary>
    internal async ValueTask CreateAsync(StoredTable table)
    {
        var definition = table.Definition with { Stream = null };
        tables[table.Id] = await database.RestoreTableAsync(definition, table, cancellation).ConfigureAwait(false);
        if (table.Definition.Stream is { } stream)
        {
            streams.Add((definition.Name, stream));
        }
    }

    /// <summary>Puts an item, or removes it when the value is empty; false when the key is of no table that was created.</summary>
    internal bool TryAdd(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!tables.TryGetValue(BinaryPrimitives.ReadUInt32BigEndian(key), out var table))
        {
            return false;
        }

        var write = spare.Count > 0 ? spare.Pop() : new ItemWrite();
        write.Table = table;
        write.Kind = value.IsEmpty ? WriteKind.Delete : WriteKind.Put;
        write.Item = value.ToArray();
        Span<byte> id = stackalloc byte[KeyBuffer.HashOffset];
        BinaryPrimitives.WriteUInt32BigEndian(id, table.Stored.Id);
        write.Key.CopyFrom(id);
        write.Key.Append(key[KeyBuffer.HashOffset..]);
        batch.Add(write);
        batchBytes += key.Length + value.Length;
        return true;
    }

    internal bool IsFull => batch.Count >= WritesMax || batchBytes >= BytesMax;

    /// <summary>Writes what was added, durably.</summary>
    internal async ValueTask FlushAsync()
    {
        await database.WriteManyAsync(batch, cancellation).ConfigureAwait(false);
        foreach (var write in batch)
        {
            spare.Push(write);
        }

        batch.Clear();
        batchBytes = 0;
    }

    /// <summary>After the last item: switches the streams on again, as new ones.</summary>
    internal async ValueTask FinishAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        foreach (var (name, stream) in streams)
        {
            await database.UpdateTableAsync(name, new TableChange { ChangesStream = true, Stream = stream }, cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        foreach (var write in batch.Concat(spare))
        {
            write.Dispose();
        }
    }
}
