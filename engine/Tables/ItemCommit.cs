using Storage.Engine.Encoding;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// Checks, appends and applies the writes of one request: one item or a whole transaction, one record either way.
/// Reusable by one thread at a time; nothing here reads or waits for the disk under a lock.
/// </summary>
internal sealed class ItemCommit(StoreLog log, ChangeApplier applier, RequestTokens tokens, TimeProvider time)
{
    private readonly CommitScope scope = new(log, applier);
    private readonly IndexDeltas deltas = new();
    private readonly IndexMaintenance indexes = new();
    private readonly KeyBuffer tokenKey = new();
    private readonly ColdEntries cold = new();

    /// <summary>Bytes of the latest record: its buffers stay as large.</summary>
    internal int RecordBytes => scope.RecordBytes;

    /// <summary>
    /// Runs the writes. Returns the LSN to wait for before answering: of the record, or of what a refusal saw. What is
    /// not in memory is read from the disk before any lock is taken.
    /// </summary>
    /// <exception cref="DamagedBlockException">A partition's runs are damaged: it takes no more writes.</exception>
    internal long Run(ReadOnlySpan<ItemWrite> writes, RequestToken? token, out TransactionResult result)
    {
        try
        {
            foreach (var write in writes)
            {
                cold.Want(write.Table.Partitions.Route(write.Key.Span), write.Key.Span);
            }

            long lsn;
            do
            {
                cold.Prefetch();
            }
            while (!TryRun(writes, token, out result, out lsn));
            return lsn;
        }
        finally
        {
            cold.Clear();
        }
    }

    /// <summary>False, and nothing was done, when memory and what was prefetched do not tell all that must be known.</summary>
    private bool TryRun(ReadOnlySpan<ItemWrite> writes, RequestToken? token, out TransactionResult result, out long lsn)
    {
        try
        {
            foreach (var write in writes)
            {
                scope.Add(write.Table.Partitions.Route(write.Key.Span));
            }

            var tokenPartition = token is { } given ? AddTokenPartition(given) : null;
            scope.Enter();
            lsn = 0;
            var replacesToken = false;
            if (tokenPartition is not null && FindToken(token!.Value, out result, out replacesToken, out lsn))
            {
                return true;
            }

            result = TransactionResult.Committed;
            long bytes = 0;
            var allKnown = true;
            foreach (var write in writes)
            {
                allKnown &= TryCheck(write, ref lsn);
                bytes += write.Result == WriteResult.Written ? write.NewSizeBytes : 0;
                if (write.Result is WriteResult.Refused or WriteResult.Invalid)
                {
                    result = TransactionResult.Cancelled;
                }
            }

            if (!allKnown)
            {
                return false;
            }

            if (result == TransactionResult.Cancelled)
            {
                return true;
            }

            if (bytes > Limits.TransactionBytesMax)
            {
                throw DynamoDbException.TransactionTooLarge();
            }

            if (tokenPartition is not null)
            {
                AddToken(tokenPartition, token!.Value, replacesToken);
            }

            if (scope.HasChanges)
            {
                lsn = scope.Commit();
                TellSweeper(writes);
            }

            return true;
        }
        finally
        {
            scope.Exit();
        }
    }

    /// <summary>
    /// Decides one write against the item as it is and adds its change to the record. False when that is not known.
    /// </summary>
    private bool TryCheck(ItemWrite write, ref long lsn)
    {
        write.Fault = null;
        write.Old.Clear();
        write.New.Clear();
        Array.Clear(write.IndexWriteUnits);
        write.AddedExpirySeconds = 0;
        var partition = write.Table.Partitions.Route(write.Key.Span);
        if (write.Table.Handle.Current is not { } table)
        {
            write.Result = WriteResult.Invalid;
            write.Fault = DynamoDbException.ResourceNotFound();
            write.OldSizeBytes = write.NewSizeBytes = 0;
            lsn = Math.Max(lsn, log.LastLsn);
            return true;
        }

        write.Table = table;
        if (partition.Damage is { } damage)
        {
            throw damage;
        }

        if (!cold.TryPeek(partition, write.Key.Span, out var old, out var seen))
        {
            write.Result = WriteResult.Unchanged;
            return false;
        }

        lsn = Math.Max(lsn, Math.Max(table.CatalogLsn, seen));
        var existed = !old.IsEmpty;
        write.OldSizeBytes = existed ? new ValueView(old).ItemSizeBytes : 0;
        write.NewSizeBytes = write.OldSizeBytes;
        if (!write.Condition.Evaluate(old))
        {
            write.Result = WriteResult.Refused;
            KeepOld(write, write.WantsOldWhenRefused, old);
            return true;
        }

        KeepOld(write, write.WantsOld, old);
        switch (write.Kind)
        {
            case WriteKind.Check:
                write.Result = WriteResult.Unchanged;
                break;
            case WriteKind.Delete when !existed:
            case WriteKind.Update when !existed && write.LeavesAbsent:
            case WriteKind.Expire when !existed || !IsExpired(write, old):
                write.Result = WriteResult.Unchanged;
                break;
            case WriteKind.Delete:
            case WriteKind.Expire:
                write.NewSizeBytes = 0;
                return TryAddChange(write, partition, old, default);
            case WriteKind.Put:
                return TryReplace(write, partition, old, write.Item.Span);
            default:
                return !TryUpdate(write, old) || TryReplace(write, partition, old, write.New.Written);
        }

        return true;
    }

    /// <summary>The entry that led here is but a hint: the item may have changed, and so may the table.</summary>
    private static bool IsExpired(ItemWrite write, ReadOnlySpan<byte> old) =>
        write.Table.Expiry is { } expiry
        && expiry.TryReadExpiry(new ValueView(old), out var seconds)
        && seconds >= write.ExpiresFromSeconds
        && seconds <= write.ExpiresToSeconds;

    /// <summary>After the commit: the sweeper passes by what it is not told of.</summary>
    private static void TellSweeper(ReadOnlySpan<ItemWrite> writes)
    {
        foreach (var write in writes)
        {
            if (write.AddedExpirySeconds > 0)
            {
                write.Table.Expiry!.Bound.Include(write.AddedExpirySeconds);
            }
        }
    }

    private static void KeepOld(ItemWrite write, bool wanted, ReadOnlySpan<byte> old)
    {
        if (wanted && !old.IsEmpty)
        {
            write.Old.WriteEncoded(old);
        }
    }

    private static bool TryUpdate(ItemWrite write, ReadOnlySpan<byte> old)
    {
        try
        {
            write.Update.Apply(old, write.Item.Span, write.New);
            var item = new ValueView(write.New.Written);
            if (item.ItemSizeBytes > Limits.ItemSizeBytesMax)
            {
                throw DynamoDbException.Validation("Item size to update has exceeded the maximum allowed size");
            }

            if (write.Table.Indexes.Length > 0 && write.Table.FindIndexKeyFault(item, out var index) is { IsNone: false } fault)
            {
                throw DynamoDbException.Validation(IndexKeyFaultText.Of(fault, index!));
            }

            return true;
        }
        catch (DynamoDbException fault)
        {
            write.Result = WriteResult.Invalid;
            write.Fault = fault;
            return false;
        }
    }

    private bool TryReplace(ItemWrite write, Partition partition, ReadOnlySpan<byte> old, ReadOnlySpan<byte> image)
    {
        // Equal items are equal bytes, so a write that changes nothing is seen here and makes no record.
        if (image.SequenceEqual(old))
        {
            write.Result = WriteResult.Unchanged;
            return true;
        }

        write.NewSizeBytes = new ValueView(image).ItemSizeBytes;
        return TryAddChange(write, partition, old, image);
    }

    private bool TryAddChange(ItemWrite write, Partition partition, ReadOnlySpan<byte> old, ReadOnlySpan<byte> image)
    {
        write.Result = WriteResult.Written;
        deltas.Clear();
        if (write.Table.Maintained.Length > 0 && !indexes.TryCollect(write, old, image, deltas, cold))
        {
            return false;
        }

        var flags = (image.IsEmpty ? ChangeFlags.None : ChangeFlags.Put) | (old.IsEmpty ? ChangeFlags.None : ChangeFlags.Existed);
        if (write.Kind == WriteKind.Expire)
        {
            flags |= ChangeFlags.Expiry;
        }

        var streamsOld = !old.IsEmpty && write.Table.Definition.Stream is not null;
        scope.AddChange(
            partition,
            streamsOld ? flags | ChangeFlags.OldImage : flags,
            write.Key.Span,
            write.OldSizeBytes,
            write.NewSizeBytes,
            image,
            streamsOld ? old : default,
            deltas.Written);
        return true;
    }

    private Partition AddTokenPartition(RequestToken token)
    {
        RequestTokens.BuildKey(token.Token, tokenKey);
        var partition = tokens.Route(tokenKey);
        scope.Add(partition);
        return partition;
    }

    private bool FindToken(RequestToken token, out TransactionResult result, out bool remembered, out long lsn)
    {
        var found = tokens.TryFind(tokenKey.Span, NowMicros(), out var hash, out remembered, out lsn);
        result = hash == token.RequestHash ? TransactionResult.Replayed : TransactionResult.TokenMismatch;
        return found;
    }

    private void AddToken(Partition partition, RequestToken token, bool replaces)
    {
        var now = NowMicros();
        tokens.RemoveExpired(partition, tokenKey.Span, now, scope);
        using var item = ValueWriter.Rent();
        RequestTokens.WriteItem(token.RequestHash, now + (long)Limits.RequestTokenLife.TotalMicroseconds, item);
        var flags = replaces ? ChangeFlags.Put | ChangeFlags.Existed : ChangeFlags.Put;
        scope.AddChange(partition, flags, tokenKey.Span, 0, 0, item.Written, default, default);
    }

    private long NowMicros() => time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
}
