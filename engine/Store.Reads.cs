using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine;

/// <content>Reads of single items.</content>
public sealed partial class Store
{
    private const int PooledItemBytesMax = 128 * 1024;

    /// <summary>Reads an item by its key; null when there is none.</summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException; ValidationException for a wrong key.</exception>
    public ValueTask<Item?> GetAsync(string table, Item key, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var finding = FindAsync(table, cancellation);
        return finding.IsCompletedSuccessfully ? Read(finding.Result, key, cancellation) : Find(finding, key, cancellation);

        async ValueTask<Item?> Find(ValueTask<Table> waited, Item sought, CancellationToken token) =>
            await Read(await waited.ConfigureAwait(false), sought, token).ConfigureAwait(false);
    }

    private ValueTask<Item?> Read(Table table, Item key, CancellationToken cancellation)
    {
        // A read that ends in an exception is left to the collector.
        var read = reads.Rent();
        read.Table = table;
        ThrowIfFaulty(table, new ValueView(key.Encoded.Span), false, read.Key);
        var durable = Database.ReadAsync(read, cancellation);
        return durable.IsCompletedSuccessfully ? new ValueTask<Item?>(Give(read)) : Wait(durable, read);

        async ValueTask<Item?> Wait(ValueTask waited, ItemRead waiting)
        {
            await waited.ConfigureAwait(false);
            return Give(waiting);
        }
    }

    /// <summary>Reads items by their keys, each on its own.</summary>
    /// <returns>One for each key, in order; null where there is none.</returns>
    /// <exception cref="DynamoDbException">ResourceNotFoundException; ValidationException for a wrong key.</exception>
    public ValueTask<IReadOnlyList<Item?>> BatchGetAsync(
        IReadOnlyList<(string Table, Item Key)> keys, CancellationToken cancellation = default) =>
        ReadAllAsync(keys, false, cancellation);

    /// <summary>Reads items by their keys as they were together at one moment: at most 100.</summary>
    /// <returns>One for each key, in order; null where there is none.</returns>
    /// <exception cref="DynamoDbException">ResourceNotFoundException; ValidationException for a wrong key.</exception>
    public ValueTask<IReadOnlyList<Item?>> TransactGetAsync(
        IReadOnlyList<(string Table, Item Key)> keys, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return keys.Count is 0 or > Limits.TransactionItemsMax
            ? throw DynamoDbException.Validation($"A transaction takes 1 to {Limits.TransactionItemsMax} keys.")
            : ReadAllAsync(keys, true, cancellation);
    }

    private async ValueTask<IReadOnlyList<Item?>> ReadAllAsync(
        IReadOnlyList<(string Table, Item Key)> keys, bool together, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var all = new ItemRead[keys.Count];
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = new ItemRead { Table = await FindAsync(keys[i].Table, cancellation).ConfigureAwait(false) };
            ThrowIfFaulty(all[i].Table, new ValueView(keys[i].Key.Encoded.Span), false, all[i].Key);
        }

        if (together)
        {
            await Database.TransactReadAsync(all, cancellation).ConfigureAwait(false);
        }
        else
        {
            await Database.ReadManyAsync(all, cancellation).ConfigureAwait(false);
        }

        return Array.ConvertAll(all, Give);
    }

    private Item? Give(ItemRead read)
    {
        var item = read.Found ? new Item(read.Item.Written.ToArray()) : null;
        read.Table = null!; // A pooled read must not keep a deleted table's items.
        if (read.Item.Length > PooledItemBytesMax || !reads.TryReturn(read))
        {
            read.Dispose();
        }

        return item;
    }
}
