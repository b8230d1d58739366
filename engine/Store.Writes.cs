using System.Collections.Immutable;
using Storage.Engine.Api;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Storage.Engine.Tables;
using Utf8 = System.Text.Encoding;

namespace Storage.Engine;

/// <content>Writes: one item, several, a transaction. Each answers once it would survive power loss.</content>
public sealed partial class Store
{
    private const int TokenLengthMax = 36;

    private static readonly IReadOnlyDictionary<string, string> NoNames = ImmutableDictionary<string, string>.Empty;

    /// <summary>Writes a whole item, replacing one of the same key.</summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException; ValidationException for a wrong key or expression.</exception>
    public ValueTask<WriteOutcome> PutAsync(
        string table, Item item, WriteOptions? options = null, CancellationToken cancellation = default) =>
        WriteAsync(TransactAction.Put(table, item, options), cancellation);

    /// <summary>Updates the item of a key by an UpdateExpression, creating it when absent.</summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException; ValidationException for a wrong key or expression.</exception>
    public ValueTask<WriteOutcome> UpdateAsync(
        string table, Item key, string update, WriteOptions? options = null, CancellationToken cancellation = default) =>
        WriteAsync(TransactAction.Update(table, key, update, options), cancellation);

    /// <summary>Deletes the item of a key; deleting what is absent succeeds.</summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException; ValidationException for a wrong key or expression.</exception>
    public ValueTask<WriteOutcome> DeleteAsync(
        string table, Item key, WriteOptions? options = null, CancellationToken cancellation = default) =>
        WriteAsync(TransactAction.Delete(table, key, options), cancellation);

    /// <summary>Runs puts, updates and deletes, each on its own; one wait for the disk for all of them.</summary>
    /// <returns>One outcome for each action, in order.</returns>
    /// <exception cref="DynamoDbException">
    /// As for single writes. Nothing is written when an action is invalid in itself; when an update does not fit its
    /// item, or a table was deleted meanwhile, all others are.
    /// </exception>
    public async ValueTask<IReadOnlyList<WriteOutcome>> BatchWriteAsync(
        IReadOnlyList<TransactAction> actions, CancellationToken cancellation = default)
    {
        using var batch = await PrepareAsync(actions, cancellation).ConfigureAwait(false);
        await Database.WriteManyAsync(batch.Writes, cancellation).ConfigureAwait(false);
        return Array.ConvertAll(batch.Writes, OutcomeOf);
    }

    /// <summary>Runs all actions or none: at most 100, each on another item.</summary>
    /// <param name="actions">Puts, updates, deletes and condition checks.</param>
    /// <param name="token">Makes the call idempotent for ten minutes: 1 to 36 characters.</param>
    /// <param name="cancellation">Ends the wait; the transaction may be committed all the same.</param>
    /// <exception cref="DynamoDbException">
    /// ResourceNotFoundException; ValidationException, also for more than 4 MB in all;
    /// IdempotentParameterMismatchException when the token came with other actions before.
    /// </exception>
    public async ValueTask<TransactionOutcome> TransactWriteAsync(
        IReadOnlyList<TransactAction> actions, string? token = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(actions);
        if (actions.Count is 0 or > Limits.TransactionItemsMax)
        {
            throw DynamoDbException.Validation($"A transaction takes 1 to {Limits.TransactionItemsMax} actions.");
        }

        if (token is { Length: 0 or > TokenLengthMax })
        {
            throw DynamoDbException.Validation($"A request token has 1 to {TokenLengthMax} characters.");
        }

        using var batch = await PrepareAsync(actions, cancellation).ConfigureAwait(false);
        ThrowIfRepeated(batch.Writes);
        RequestToken? request = token is null ? null : new RequestToken(token, HashOf(actions));
        var result = await Database.TransactWriteAsync(batch.Writes, request, cancellation).ConfigureAwait(false);
        return result switch
        {
            TransactionResult.TokenMismatch => throw DynamoDbException.IdempotentParameterMismatch(),
            TransactionResult.Cancelled => new TransactionOutcome(false, Array.ConvertAll(batch.Writes, ReasonOf)),
            _ => new TransactionOutcome(true, []),
        };
    }

    private async ValueTask<WriteOutcome> WriteAsync(TransactAction action, CancellationToken cancellation)
    {
        using var placeholders = Placeholders.Rent();
        var write = writes.Rent();
        try
        {
            await PrepareAsync(write, action, placeholders, cancellation).ConfigureAwait(false);
            await Database.WriteAsync(write, cancellation).ConfigureAwait(false);
            return OutcomeOf(write);
        }
        finally
        {
            Return(write);
        }
    }

    /// <summary>Gives a write back. It has been awaited to its end, so nothing else knows it any more.</summary>
    private void Return(ItemWrite write)
    {
        // A pooled write must not keep a deleted table's items, nor the caller's.
        write.Table = null!;
        write.Item = default;
        write.Condition = default;
        write.Update = default;
        if (Math.Max(write.Old.Length, write.New.Length) > PooledItemBytesMax || !writes.TryReturn(write))
        {
            write.Dispose();
        }
    }

    private async ValueTask<PreparedWrites> PrepareAsync(IReadOnlyList<TransactAction> actions, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(actions);
        var batch = new PreparedWrites(this, actions.Count);
        try
        {
            for (var i = 0; i < actions.Count; i++)
            {
                await PrepareAsync(batch.Writes[i], actions[i], batch.Placeholders[i], cancellation).ConfigureAwait(false);
            }

            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    private async ValueTask PrepareAsync(
        ItemWrite write, TransactAction action, Placeholders placeholders, CancellationToken cancellation)
    {
        write.Table = await FindAsync(action.Table, cancellation).ConfigureAwait(false);
        write.Kind = action.Kind;
        write.Item = action.Item.Encoded;
        var item = new ValueView(action.Item.Encoded.Span);
        ThrowIfFaulty(write.Table, item, action.Kind == WriteKind.Put, write.Key);
        Bind(write, action, placeholders);
    }

    private void Bind(ItemWrite write, TransactAction action, Placeholders placeholders)
    {
        Define(placeholders, action.Options?.Names, action.Options?.Values);
        if (action.Options?.Condition is { } condition)
        {
            write.Condition = Database.Expressions.Condition(Utf8.UTF8.GetBytes(condition)).Bind(placeholders);
        }

        if (action.UpdateExpression is { } update)
        {
            write.Update = Database.Expressions.Update(Utf8.UTF8.GetBytes(update)).Bind(placeholders);
            for (var i = 0; i < write.Table.Key.Count; i++)
            {
                write.Update.ThrowIfUpdatesKey(write.Table.Key[i].NameUtf8);
            }
        }

        placeholders.ThrowIfUnused();
        write.WantsOld = action.Options?.ReturnOld ?? false;
        write.WantsOldWhenRefused = write.WantsOld;
    }

    private static void Define(Placeholders placeholders, IReadOnlyDictionary<string, string>? names, Item? values)
    {
        if (names is not null)
        {
            foreach (var (placeholder, name) in names)
            {
                placeholders.AddName(Utf8.UTF8.GetBytes(placeholder), Utf8.UTF8.GetBytes(name));
            }
        }

        if (values is null)
        {
            return;
        }

        foreach (var member in new ValueView(values.Encoded.Span).Members)
        {
            placeholders.AddValue(member.Name, member.Value.Encoded);
        }
    }

    /// <summary>Makes the key, or says in DynamoDB's words why there is none.</summary>
    private static void ThrowIfFaulty(Table table, ValueView item, bool isWholeItem, KeyBuffer key)
    {
        var fault = table.TryBuildKey(item, key);
        if (!isWholeItem)
        {
            ItemKeys.ThrowIfAny(ItemKeys.FaultOfKey(table, fault, item.Encoded));
            return;
        }

        if (fault.IsNone)
        {
            ItemKeys.ThrowIfTooLarge(item.Encoded);
        }

        ItemKeys.ThrowIfAny(ItemKeys.FaultOfItem(table, fault, item.Encoded));
    }

    private static void ThrowIfRepeated(ItemWrite[] writes)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var write in writes)
        {
            if (!keys.Add(Convert.ToBase64String(write.Key.Span)))
            {
                throw TransactionRules.Repeated();
            }
        }
    }

    private static UInt128 HashOf(IReadOnlyList<TransactAction> actions)
    {
        var hash = new System.IO.Hashing.XxHash128();
        foreach (var action in actions)
        {
            Append(hash, Utf8.UTF8.GetBytes($"{action.Kind}\0{action.Table}\0{action.UpdateExpression}\0{action.Options?.Condition}\0"));
            Append(hash, action.Item.Encoded.Span);
            Append(hash, action.Options?.Values is { } values ? values.Encoded.Span : default);
            foreach (var (placeholder, name) in (action.Options?.Names ?? NoNames).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                Append(hash, Utf8.UTF8.GetBytes($"{placeholder}\0{name}"));
            }
        }

        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>Length before content, so that two different lists of parts never hash the same bytes.</summary>
    private static void Append(System.IO.Hashing.XxHash128 hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        hash.Append(length);
        hash.Append(part);
    }

    private static WriteOutcome OutcomeOf(ItemWrite write) => new(
        write.Result != WriteResult.Refused, Copy(write.Old), write.Result == WriteResult.Refused ? null : Copy(write.New));

    private static CancellationReason ReasonOf(ItemWrite write) => write.Result switch
    {
        WriteResult.Refused => new("ConditionalCheckFailed", "The conditional request failed", Copy(write.Old)),
        WriteResult.Invalid when write.Fault!.ErrorType != "ValidationException" => throw write.Fault, // no such table any more
        WriteResult.Invalid => new("ValidationError", write.Fault.Message, null),
        _ => new("None", null, null),
    };

    private static Item? Copy(ValueWriter written) => written.Length == 0 ? null : new Item(written.Written.ToArray());

    /// <summary>The writes of one call and what their expressions are bound to.</summary>
    private sealed class PreparedWrites : IDisposable
    {
        private readonly Store store;

        internal PreparedWrites(Store store, int count)
        {
            this.store = store;
            Writes = new ItemWrite[count];
            Placeholders = new Placeholders[count];
            for (var i = 0; i < count; i++)
            {
                Writes[i] = store.writes.Rent();
                Placeholders[i] = Storage.Engine.Expressions.Placeholders.Rent();
            }
        }

        internal ItemWrite[] Writes { get; }

        internal Placeholders[] Placeholders { get; }

        public void Dispose()
        {
            foreach (var write in Writes)
            {
                store.Return(write);
            }

            foreach (var placeholders in Placeholders)
            {
                placeholders.Dispose();
            }
        }
    }
}
