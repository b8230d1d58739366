using Storage.Engine.Tables;

namespace Storage.Engine;

/// <summary>One action of a transaction or batch: a put, an update, a delete or a condition check of one item.</summary>
public sealed class TransactAction
{
    private TransactAction(WriteKind kind, string table, Item item, string? update, WriteOptions? options)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(item);
        Kind = kind;
        Table = table;
        Item = item;
        UpdateExpression = update;
        Options = options;
    }

    internal WriteKind Kind { get; }

    internal string Table { get; }

    internal Item Item { get; }

    internal string? UpdateExpression { get; }

    internal WriteOptions? Options { get; }

    /// <summary>Writes a whole item.</summary>
    public static TransactAction Put(string table, Item item, WriteOptions? options = null) =>
        new(WriteKind.Put, table, item, null, options);

    /// <summary>Updates the item of a key by an UpdateExpression.</summary>
    public static TransactAction Update(string table, Item key, string update, WriteOptions? options = null) =>
        new(WriteKind.Update, table, key, update, options);

    /// <summary>Deletes the item of a key.</summary>
    public static TransactAction Delete(string table, Item key, WriteOptions? options = null) =>
        new(WriteKind.Delete, table, key, null, options);

    /// <summary>Changes nothing, but its condition must hold for the transaction to be.</summary>
    public static TransactAction Check(string table, Item key, WriteOptions condition) =>
        new(WriteKind.Check, table, key, null, condition);
}
