using Storage.Engine.Encoding;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// Checks, appends and applies the writes of one request: one item or a whole transaction, one record either way.
/// Reusable by one thread at a time; nothing here waits for the disk.
/// </summary>
internal sealed class ItemCommit(StoreLog log, ChangeApplier applier, RequestTokens tokens, TimeProvider time)
{
    private readonly CommitScope scope = new(log, applier);
    private readonly IndexDeltas deltas = new();
    private readonly IndexMaintenance indexes = new();
    private readonly KeyBuffer tokenKey = new();

    /// <summary>Bytes of the latest record: its buffers stay as large.</summary>
    internal int RecordBytes => scope.RecordBytes;

    /// <summary>
    /// Runs the writes. Returns the LSN to wait for before answering: of the record, or of what a refusal saw.
    /// </summary>
    internal long Run(ReadOnlySpan<ItemWrite> writes, RequestToken? token, out TransactionResult result)
    {
        try
        {
            foreach (var write in writes)
            {
                scope.Add(write.Table.Partitions.Route(write.Key.Span));
            }

            var tokenPartition = token is { } given ? AddTokenPartition(given) : null;
            scope.Enter();
            long lsn = 0;
            if (tokenPartition is not null && FindToken(tokenPartition, token!.Value, out result, out lsn))
            {
                return lsn;
            }

            result = TransactionResult.Committed;
            long bytes = 0;
            foreach (var write in writes)
            {
                lsn = Math.Max(lsn, Check(write));
                bytes += write.Result == WriteResult.Written ? write.NewSizeBytes : 0;
                if (write.Result is WriteResult.Refused or WriteResult.Invalid)
                {
                    result = TransactionResult.Cancelled;
                }
            }

            if (result == TransactionResult.Cancelled)
            {
                return lsn;
            }

            if (bytes > Limits.TransactionBytesMax)
            {
                throw DynamoDbException.TransactionTooLarge();
            }

            if (tokenPartition is not null)
            {
                AddToken(tokenPartition, token!.Value);
            }

            return scope.HasChanges ? scope.Commit() : lsn;
        }
        finally
        {
            scope.Exit();
        }
    }

    /// <summary>Decides one write against the item as it is and adds its change to the record.</summary>
    private long Check(ItemWrite write)
    {
        write.Fault = null;
        write.Old.Clear();
        write.New.Clear();
        Array.Clear(write.IndexWriteUnits);
        var partition = write.Table.Partitions.Route(write.Key.Span);
        if (write.Table.Handle.Current is not { } table)
        {
            write.Result = WriteResult.Invalid;
            write.Fault = DynamoDbException.ResourceNotFound();
            write.OldSizeBytes = write.NewSizeBytes = 0;
            return log.LastLsn;
        }

        write.Table = table;
        var lsn = Math.Max(table.CatalogLsn, partition.Peek(write.Key.Span, out var old, out var existed));
        write.OldSizeBytes = existed ? new ValueView(old).ItemSizeBytes : 0;
        write.NewSizeBytes = write.OldSizeBytes;
        if (!write.Condition.Evaluate(old))
        {
            write.Result = WriteResult.Refused;
            KeepOld(write, write.WantsOldWhenRefused, old);
            return lsn;
        }

        KeepOld(write, write.WantsOld, old);
        switch (write.Kind)
        {
            case WriteKind.Check:
                write.Result = WriteResult.Unchanged;
                break;
            case WriteKind.Delete when !existed:
            case WriteKind.Update when !existed && write.LeavesAbsent:
                write.Result = WriteResult.Unchanged;
                break;
            case WriteKind.Delete:
                write.NewSizeBytes = 0;
                AddChange(write, partition, old, default);
                break;
            case WriteKind.Put:
                Replace(write, partition, old, write.Item.Span);
                break;
            default:
                if (TryUpdate(write, old))
                {
                    Replace(write, partition, old, write.New.Written);
                }

                break;
        }

        return lsn;
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

    private void Replace(ItemWrite write, Partition partition, ReadOnlySpan<byte> old, ReadOnlySpan<byte> image)
    {
        // Equal items are equal bytes, so a write that changes nothing is seen here and makes no record.
        if (image.SequenceEqual(old))
        {
            write.Result = WriteResult.Unchanged;
            return;
        }

        write.NewSizeBytes = new ValueView(image).ItemSizeBytes;
        AddChange(write, partition, old, image);
    }

    private void AddChange(ItemWrite write, Partition partition, ReadOnlySpan<byte> old, ReadOnlySpan<byte> image)
    {
        write.Result = WriteResult.Written;
        deltas.Clear();
        if (write.Table.Indexes.Length > 0)
        {
            indexes.Collect(write, old, image, deltas);
        }

        var flags = (image.IsEmpty ? ChangeFlags.None : ChangeFlags.Put) | (old.IsEmpty ? ChangeFlags.None : ChangeFlags.Existed);
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
    }

    private Partition AddTokenPartition(RequestToken token)
    {
        RequestTokens.BuildKey(token.Token, tokenKey);
        var partition = tokens.Route(tokenKey);
        scope.Add(partition);
        return partition;
    }

    private bool FindToken(Partition partition, RequestToken token, out TransactionResult result, out long lsn)
    {
        var found = RequestTokens.TryFind(partition, tokenKey.Span, NowMicros(), out var hash, out lsn);
        result = hash == token.RequestHash ? TransactionResult.Replayed : TransactionResult.TokenMismatch;
        return found;
    }

    private void AddToken(Partition partition, RequestToken token)
    {
        var now = NowMicros();
        tokens.RemoveExpired(partition, tokenKey.Span, now, scope);
        using var item = ValueWriter.Rent();
        RequestTokens.WriteItem(token.RequestHash, now + (long)Limits.RequestTokenLife.TotalMicroseconds, item);
        scope.AddChange(partition, ChangeFlags.Put, tokenKey.Span, 0, 0, item.Written, default, default);
    }

    private long NowMicros() => time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
}
