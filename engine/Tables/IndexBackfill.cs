using Storage.Engine.Encoding;
using Storage.Engine.Log;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// Fills a new index from the items that were there before it, while writers go on. Each item is looked at again under
/// its partition's writer: writers keep the index from the moment it is in the definition, so an entry that is there
/// is right and one that is missing is added. Stops when the table or the index goes away.
/// </summary>
internal sealed class IndexBackfill(StoreLog log, WriteRoom room, ChangeApplier applier, CatalogCommands commands)
{
    /// <summary>Items looked at under one writer; keeps writers' waits short.</summary>
    private const int ItemsAtOnceMax = 64;
    private const int RecordBytesMax = 256 * 1024;

    private readonly CommitScope scope = new(log, applier);
    private readonly IndexMaintenance maintenance = new();
    private readonly IndexDeltas deltas = new();
    private readonly ColdEntries cold = new();
    private readonly KeyBuffer entryKey = new();

    /// <summary>Fills one index and marks it ACTIVE once all its entries are durable.</summary>
    internal async Task RunAsync(TableHandle handle, uint indexId, CancellationToken cancellation)
    {
        if (handle.Current is not { } table)
        {
            return;
        }

        var cursor = new RangeCursor();
        var batch = new List<byte[]>(ItemsAtOnceMax);
        cursor.Start(table.Partitions, table.Partitions.Low(0), default, true, ItemsAtOnceMax);
        var batchBytes = 0;
        long lsn = 0;
        while (await cursor.FillAsync(cancellation).ConfigureAwait(false))
        {
            while (cursor.TryNext())
            {
                batch.Add(cursor.Key.ToArray());
                batchBytes += cursor.Value.Length;
                if (batch.Count == ItemsAtOnceMax || batchBytes >= RecordBytesMax)
                {
                    lsn = await AddAsync(handle, indexId, batch, cancellation).ConfigureAwait(false);
                    batchBytes = 0;
                }
            }

            // A page never crosses partitions, so a batch has one partition's items only.
            lsn = await AddAsync(handle, indexId, batch, cancellation).ConfigureAwait(false);
            batchBytes = 0;
        }

        await log.WaitUntilDurableAsync(lsn, cancellation).ConfigureAwait(false);
        await commands.ActivateIndexAsync(handle, indexId, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<long> AddAsync(TableHandle handle, uint indexId, List<byte[]> keys, CancellationToken cancellation)
    {
        try
        {
            for (var done = 0; done < keys.Count;)
            {
                await room.WaitAsync(cancellation, inBackground: true).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
                Prefetch(handle, indexId, keys, done);
                done += Add(handle, indexId, keys, done);
            }
        }
        finally
        {
            cold.Clear();
        }

        keys.Clear();
        return log.LastLsn;
    }

    /// <summary>Reads from the disk, before any lock, what memory lacks of the items and of their entries.</summary>
    private void Prefetch(TableHandle handle, uint indexId, List<byte[]> keys, int first)
    {
        cold.Clear();
        if (handle.Current is not { } table || table.FindMaintained(indexId) is not { } index)
        {
            return;
        }

        var partition = table.Partitions.Route(keys[first]);
        for (var i = first; i < keys.Count; i++)
        {
            cold.Want(partition, keys[i]);
        }

        cold.Prefetch();
        WantEntries(partition, index, keys, first);
        cold.Prefetch();
    }

    private void WantEntries(Partition partition, ItemIndex index, List<byte[]> keys, int first)
    {
        using var image = ValueWriter.Rent();
        for (var i = first; i < keys.Count; i++)
        {
            if (!cold.TryGetPrefetched(partition, keys[i], out var item))
            {
                image.Clear();
                partition.Read(keys[i], image, out _);
                item = image.Written;
            }

            if (!item.IsEmpty && index.TryBuildEntryKey(new ValueView(item), keys[i], entryKey))
            {
                cold.Want(index.Partitions.Route(entryKey.Span), entryKey.Span);
            }
        }
    }

    /// <summary>Adds entries for as many items as fit a record and are known; returns how many were looked at.</summary>
    private int Add(TableHandle handle, uint indexId, List<byte[]> keys, int first)
    {
        if (handle.Current is not { } known)
        {
            return keys.Count;
        }

        var partition = known.Partitions.Route(keys[first]);
        scope.Add(partition);
        scope.Enter();
        try
        {
            if (handle.Current is not { } table || table.FindMaintained(indexId) is not { } index)
            {
                return keys.Count;
            }

            var next = first;
            while (next < keys.Count && scope.RecordBytes < RecordBytesMax && TryAddOne(partition, index, keys[next]))
            {
                next++;
            }

            if (scope.HasChanges)
            {
                scope.Commit();
            }

            return next - first;
        }
        finally
        {
            scope.Exit();
        }
    }

    /// <summary>False when memory and what was prefetched do not tell whether the entry is missing.</summary>
    private bool TryAddOne(Partition partition, ItemIndex index, byte[] key)
    {
        if (!cold.TryPeek(partition, key, out var image, out _))
        {
            return false;
        }

        deltas.Clear();
        if (!image.IsEmpty && !maintenance.TryCollectMissing(index, key, image, deltas, cold))
        {
            return false;
        }

        if (!deltas.Written.IsEmpty)
        {
            scope.AddChange(partition, ChangeFlags.IndexOnly | ChangeFlags.Existed, key, 0, 0, default, default, deltas.Written);
        }

        return true;
    }
}
