namespace Storage.Engine.Tables;

/// <summary>Reads and writes on tables. Every answer waits until what it shows would survive power loss.</summary>
internal sealed class Database
{
    internal Catalog Catalog => throw new NotImplementedException();

    internal TimeProvider Time => throw new NotImplementedException();

    /// <summary>AWS Region and account of ARNs.</summary>
    internal string Region => throw new NotImplementedException();

    internal string AccountId => throw new NotImplementedException();

    /// <summary>Writes one item; the outcome is in <see cref="ItemWrite.Result"/>. Throws an invalid update's fault.</summary>
    internal ValueTask WriteAsync(ItemWrite write, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Writes items one by one, each on its own; waits once for all.</summary>
    internal ValueTask WriteManyAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Writes all items or none. When cancelled, each write's own result says why.</summary>
    internal ValueTask<TransactionResult> TransactWriteAsync(
        IReadOnlyList<ItemWrite> writes, RequestToken? token, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Reads one item.</summary>
    internal ValueTask ReadAsync(ItemRead read, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Reads items, each on its own; waits once for all.</summary>
    internal ValueTask ReadManyAsync(IReadOnlyList<ItemRead> reads, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Reads items as they were together at one moment.</summary>
    internal ValueTask TransactReadAsync(IReadOnlyList<ItemRead> reads, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Completes when everything up to that LSN would survive power loss. For pages: <see cref="RangeCursor.Lsn"/>.</summary>
    internal ValueTask WaitUntilDurableAsync(long lsn, CancellationToken cancellation) => throw new NotImplementedException();
}
