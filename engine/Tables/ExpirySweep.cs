using Storage.Engine.Encoding;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// Removes what has expired, table by table: reads each expiry index from where the last sweep ended up to now, and
/// deletes each item by a write of its own that looks at the item again. Costs what expires, whatever else there is.
/// One sweep at a time.
/// </summary>
internal sealed class ExpirySweep(
    Catalog catalog, ItemCommit commit, StoreLog log, WriteRoom room, TimeProvider time, CancellationToken closing) : IAsyncDisposable
{
    /// <summary>Items deleted before their records are waited for: a sweep does not run ahead of the disk.</summary>
    private const int ItemsAtOnceMax = 64;

    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly RangeCursor cursor = new();
    private readonly KeyBuffer low = new();
    private readonly KeyBuffer high = new();
    private readonly List<byte[]> due = new(ItemsAtOnceMax); // keys of items
    private readonly KeyBuffer key = new();
    private readonly ItemWrite write = new() { Kind = WriteKind.Expire };
    private long entriesExamined;

    /// <summary>Entries of expiry indexes read so far, by all sweeps: the work that sweeping takes.</summary>
    internal long EntriesExamined => Volatile.Read(ref entriesExamined);

    /// <summary>True when the last sweep had to leave a table for which it must be tried again.</summary>
    internal bool HasLeftovers { get; private set; }

    /// <summary>The earliest second in which a sweep may have something to do; the greatest number when nothing expires.</summary>
    internal long NextSeconds
    {
        get
        {
            var next = long.MaxValue;
            foreach (var table in catalog.All)
            {
                if (table.Expiry is { IsActive: true } expiry)
                {
                    next = Math.Min(next, expiry.Bound.Seconds);
                }
            }

            return next;
        }
    }

    /// <summary>Removes what has expired by now; returns how many items, once that is durable.</summary>
    /// <exception cref="IOException">Writes have stopped.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    internal async ValueTask<long> RunAsync(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(closing.IsCancellationRequested, typeof(Database));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(closing, cancellation);
        await turn.WaitAsync(either.Token).ConfigureAwait(false);
        try
        {
            HasLeftovers = false;
            var now = time.GetUtcNow();
            long removed = 0;
            foreach (var table in catalog.All)
            {
                if (table.Expiry is { IsActive: true } expiry && expiry.Bound.Seconds <= now.ToUnixTimeSeconds())
                {
                    removed += await SweepAsync(table, expiry, now, either.Token).ConfigureAwait(false);
                }
            }

            return removed;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Once closing is cancelled: waits for the sweep under way, which that ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await turn.WaitAsync().ConfigureAwait(false);
        write.Dispose();
        turn.Dispose();
    }

    private async ValueTask<long> SweepAsync(Table table, ExpiryIndex expiry, DateTimeOffset now, CancellationToken cancellation)
    {
        var from = expiry.Bound.Take();
        var next = from; // where the sweep after this one begins
        try
        {
            var last = now.ToUnixTimeSeconds();
            write.ExpiresFromSeconds = ExpiryTime.OldestSeconds(now);
            write.ExpiresToSeconds = last;
            expiry.BuildLow(Math.Max(from, write.ExpiresFromSeconds), low);
            expiry.BuildLow(last + 1, high);
            var removed = await RemoveAsync(table, expiry, cancellation).ConfigureAwait(false);
            next = await FindFirstAsync(expiry, high, cancellation).ConfigureAwait(false);
            return removed;
        }
        catch (DamagedBlockException)
        {
            // What cannot be read is not removed; the table's own requests say why, and 'verify' says where.
            HasLeftovers = true;
            return 0;
        }
        catch (DynamoDbException) when (table.Handle.Current?.Expiry?.Stored.Id != expiry.Stored.Id)
        {
            return 0; // The table was deleted meanwhile, or its time to live switched off.
        }
        finally
        {
            due.Clear();
            write.Table = null!; // A deleted table's items are not kept.
            expiry.Bound.Include(next);
        }
    }

    /// <summary>Removes the items of the entries from <see cref="low"/> up to <see cref="high"/>.</summary>
    private async ValueTask<long> RemoveAsync(Table table, ExpiryIndex expiry, CancellationToken cancellation)
    {
        long removed = 0;
        cursor.Start(expiry.Partitions, low.Span, high.Span, true, ItemsAtOnceMax);
        while (await cursor.FillAsync(cancellation).ConfigureAwait(false))
        {
            while (cursor.TryNext())
            {
                Volatile.Write(ref entriesExamined, entriesExamined + 1);
                table.BuildKeyOfParts(cursor.Key[KeyBuffer.PartsOffset..], key);
                due.Add(key.Span.ToArray());
                if (due.Count == ItemsAtOnceMax)
                {
                    removed += await RemoveAsync(table, cancellation).ConfigureAwait(false);
                }
            }
        }

        return removed + await RemoveAsync(table, cancellation).ConfigureAwait(false);
    }

    /// <summary>Each item in a write of its own: a writer never waits for more than one of them.</summary>
    private async ValueTask<long> RemoveAsync(Table table, CancellationToken cancellation)
    {
        long removed = 0;
        long lsn = 0;
        foreach (var item in due)
        {
            await room.WaitAsync(cancellation, inBackground: true).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            lsn = Math.Max(lsn, Remove(table, item));
            removed += write.Result == WriteResult.Written ? 1 : 0;
        }

        due.Clear();
        await log.WaitUntilDurableAsync(lsn, cancellation).ConfigureAwait(false);
        return removed;
    }

    private long Remove(Table table, byte[] item)
    {
        write.Table = table;
        write.Key.CopyFrom(item);
        return commit.Run(new ReadOnlySpan<ItemWrite>(in write), null, out _);
    }

    /// <summary>The second of the first entry at or behind a key; the greatest number when there is none.</summary>
    private async ValueTask<long> FindFirstAsync(ExpiryIndex expiry, KeyBuffer from, CancellationToken cancellation)
    {
        cursor.Start(expiry.Partitions, from.Span, default, true, 1);
        while (await cursor.FillAsync(cancellation).ConfigureAwait(false))
        {
            if (cursor.TryNext())
            {
                Volatile.Write(ref entriesExamined, entriesExamined + 1);
                return ExpiryIndex.SecondsOf(cursor.Key);
            }
        }

        return long.MaxValue;
    }
}
