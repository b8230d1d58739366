using System.Runtime.CompilerServices;
using Storage.Engine.Model;

namespace Storage.Engine;

/// <content>Named positions in the changes of tables, kept by the store.</content>
public sealed partial class Store
{
    private const string PositionsTable = "$positions";
    private const string PositionAttribute = "position";

    private static readonly TableDefinition PositionsDefinition = new()
    {
        Name = PositionsTable,
        Key = new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("sk", AttributeType.S)),
    };

    private volatile bool hasPositions;

    /// <summary>
    /// Remembers how far a consumer has come with a table's changes, durable when the answer comes. The last position
    /// saved under a name counts, also when it lies before the one that was saved.
    /// </summary>
    /// <param name="table">The table's name; the table need not exist.</param>
    /// <param name="consumer">A name of the caller's choice, 1 to 1,024 bytes of UTF-8.</param>
    /// <param name="position">The last change that need not be shown again.</param>
    /// <param name="cancellation">Leaves the wait; the position may be saved all the same.</param>
    /// <exception cref="DynamoDbException">ValidationException for an empty name or one that is too long.</exception>
    public async ValueTask SaveChangePositionAsync(
        string table, string consumer, ChangePosition position, CancellationToken cancellation = default)
    {
        var key = PositionKey(table, consumer);
        if (!hasPositions)
        {
            await EnsureSystemTableAsync(PositionsDefinition, cancellation).ConfigureAwait(false);
            hasPositions = true;
        }

        var item = Item.Of(("pk", key["pk"]), ("sk", key["sk"]), (PositionAttribute, position.ToString()));
        await PutAsync(PositionsTable, item, cancellation: cancellation).ConfigureAwait(false);
    }

    /// <summary>The position that a consumer saved; null when it saved none.</summary>
    /// <exception cref="DynamoDbException">ValidationException for an empty name or one that is too long.</exception>
    public async ValueTask<ChangePosition?> FindChangePositionAsync(
        string table, string consumer, CancellationToken cancellation = default)
    {
        var key = PositionKey(table, consumer);
        if (await FindTableAsync(PositionsTable, cancellation).ConfigureAwait(false) is null)
        {
            return null;
        }

        var item = await GetAsync(PositionsTable, key, cancellation).ConfigureAwait(false);
        return item is null ? null
            : ChangePosition.TryParse(item[PositionAttribute].AsString(), out var position) ? position
            : throw new InvalidDataException($"The position of consumer {consumer} in the changes of table {table} is none: {item}");
    }

    /// <summary>
    /// As <see cref="ReadChangesAsync"/>, behind the position that a consumer saved last; all changes that are kept when
    /// it saved none. The consumer saves its position itself, once it is done with a change: what it has not saved is
    /// shown again.
    /// </summary>
    /// <inheritdoc cref="ReadChangesAsync"/>
    public async IAsyncEnumerable<ItemChange> ResumeChangesAsync(
        string table, string consumer, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var after = await FindChangePositionAsync(table, consumer, cancellation).ConfigureAwait(false) ?? default;
        await foreach (var change in ReadChangesFromAsync(table, after, cancellation).ConfigureAwait(false))
        {
            yield return change;
        }
    }

    private static Item PositionKey(string table, string consumer)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(consumer);
        return Item.Of(("pk", table), ("sk", consumer));
    }
}
