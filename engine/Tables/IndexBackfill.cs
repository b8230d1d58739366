using Storage.Engine.Log;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// Fills a new index from the items that were there before it, while writers go on. Each item is looked at again under
/// its partition's writer: writers keep the index from the moment it is in the definition, so an entry that is there
/// is right and one that is missing is added. Stops when the table or the index goes away.
/// </summary>
internal sealed class IndexBackfill(StoreLog log, ChangeApplier applier, CatalogCommands commands)
{
    /// <summary>Items looked at under one writer; keeps writers' waits short.</summary>
    private const int ItemsAtOnceMax = 64;
    private const int RecordBytesMax = 256 * 1024;

    private readonly CommitScope scope = new(log, applier);
    private readonly IndexMaintenance maintenance = new();
    private readonly IndexDeltas deltas = new();

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
        long lsn = 0;
        while (await cursor.FillAsync(cancellation).ConfigureAwait(false))
        {
            while (cursor.TryNext())
            {
                batch.Add(cursor.Key.ToArray());
                if (batch.Count == ItemsAtOnceMax)
                {
                    lsn = await AddAsync(handle, indexId, batch, cancellation).ConfigureAwait(false);
                }
            }

            // A page never crosses partitions, so a batch has one partition's items only.
            lsn = await AddAsync(handle, indexId, batch, cancellation).ConfigureAwait(false);
        }

        await log.WaitUntilDurableAsync(lsn, cancellation).ConfigureAwait(false);
        await commands.ActivateIndexAsync(handle, indexId, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<long> AddAsync(TableHandle handle, uint indexId, List<byte[]> keys, CancellationToken cancellation)
    {
        for (var done = 0; done < keys.Count;)
        {
            await log.WaitForRoomAsync(cancellation).ConfigureAwait(false);
            done += Add(handle, indexId, keys, done);
        }

        keys.Clear();
        return log.LastLsn;
    }

    /// <summary>Adds entries for as many items as fit a record; returns how many were looked at.</summary>
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
            var index = Array.Find(handle.Current?.Indexes ?? [], candidate => candidate.Stored.Id == indexId);
            if (index is null)
            {
                return keys.Count;
            }

            var next = first;
            while (next < keys.Count && scope.RecordBytes < RecordBytesMax)
            {
                AddOne(partition, index, keys[next++]);
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

    private void AddOne(Partition partition, SecondaryIndex index, byte[] key)
    {
        partition.Peek(key, out var image, out var found);
        deltas.Clear();
        if (found && maintenance.TryCollectMissing(index, key, image, deltas))
        {
            scope.AddChange(partition, ChangeFlags.IndexOnly | ChangeFlags.Existed, key, 0, 0, default, default, deltas.Written);
        }
    }
}
