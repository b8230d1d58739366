using System.Globalization;
using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Server.Lambda.EventSources;

/// <summary>What became of a write of a mapping.</summary>
/// <param name="Written">The mapping with its new revision; null when it was refused.</param>
/// <param name="DuplicateUuid">The mapping that joins the same stream and function already, if that is why.</param>
internal readonly record struct MappingWrite(EventSourceMapping? Written, string? DuplicateUuid);

/// <summary>
/// Mappings, their checkpoints and their last results, in <c>$lambda.mappings</c>: (uuid, CONFIG), (uuid, CP#shard),
/// (uuid, RESULT), and one item for each pair of stream and function, which is why no pair is mapped twice.
/// </summary>
internal sealed class MappingTable(Store store)
{
    internal const string Name = "$lambda.mappings";

    private const int UuidLength = 36;
    private const string NoRecords = "No records processed";
    private const string ResultSort = "RESULT";
    private const string ResultText = "text";
    private const string PairUuid = "uuid";

    internal async ValueTask EnsureAsync(CancellationToken cancellation) => await store.EnsureSystemTableAsync(
        new TableDefinition
        {
            Name = Name,
            Key = new KeySchema(
                new KeyAttribute(MappingItem.Partition, AttributeType.S), new KeyAttribute(MappingItem.Sort, AttributeType.S)),
        },
        cancellation);

    /// <summary>Null for what is no mapping's id, however long.</summary>
    internal async ValueTask<EventSourceMapping?> FindAsync(string uuid, CancellationToken cancellation) =>
        uuid.Length is > 0 and <= UuidLength && await store.GetAsync(Name, MappingItem.KeyOf(uuid), cancellation) is { } item
            ? MappingItem.Read(item) : null;

    /// <summary>All mappings, ordered by their ids.</summary>
    internal async ValueTask<IReadOnlyList<EventSourceMapping>> ListAsync(CancellationToken cancellation)
    {
        var options = new ScanOptions
        {
            Filter = "#sort = :configuration",
            Names = new Dictionary<string, string> { ["#sort"] = MappingItem.Sort },
            Values = Item.Of((":configuration", MappingItem.ConfigurationSort)),
        };
        var mappings = new List<EventSourceMapping>();
        await foreach (var item in store.ScanAsync(Name, options, cancellation))
        {
            mappings.Add(MappingItem.Read(item));
        }

        mappings.Sort(static (left, right) => string.CompareOrdinal(left.Uuid, right.Uuid));
        return mappings;
    }

    /// <summary>Writes a new mapping, unless its stream and function have one.</summary>
    internal async ValueTask<MappingWrite> CreateAsync(EventSourceMapping mapping, CancellationToken cancellation)
    {
        var outcome = await store.TransactWriteAsync(
            [TakePair(mapping), TransactAction.Put(Name, MappingItem.Write(mapping))], cancellation: cancellation);
        return outcome.Accepted ? new MappingWrite(mapping, null) : new MappingWrite(null, DuplicateIn(outcome, 0));
    }

    /// <summary>Writes a mapping over the one that was read; refused when somebody else wrote meanwhile.</summary>
    internal async ValueTask<MappingWrite> ReplaceAsync(
        EventSourceMapping old, EventSourceMapping mapping, CancellationToken cancellation)
    {
        var written = mapping with { Revision = old.Revision + 1 };
        var put = TransactAction.Put(Name, MappingItem.Write(written), IfRevision(old));
        List<TransactAction> actions = old.FunctionArn == written.FunctionArn
            ? [put]
            : [put, TakePair(written), TransactAction.Delete(Name, PairKey(old))];
        var outcome = await store.TransactWriteAsync(actions, cancellation: cancellation);
        return outcome.Accepted
            ? new MappingWrite(written, null)
            : new MappingWrite(null, actions.Count > 1 ? DuplicateIn(outcome, 1) : null);
    }

    /// <summary>
    /// Removes a mapping and all that belongs to it; it goes last, so that a crash meanwhile leaves what is left known.
    /// Nothing may write its checkpoints any more.
    /// </summary>
    internal async ValueTask RemoveAsync(EventSourceMapping mapping, CancellationToken cancellation)
    {
        var options = new QueryOptions
        {
            KeyCondition = "#partition = :uuid",
            Names = new Dictionary<string, string> { ["#partition"] = MappingItem.Partition },
            Values = Item.Of((":uuid", mapping.Uuid)),
        };
        await foreach (var item in store.QueryAsync(Name, options, cancellation))
        {
            var sort = item[MappingItem.Sort].AsString();
            if (sort != MappingItem.ConfigurationSort)
            {
                await store.DeleteAsync(
                    Name, Item.Of((MappingItem.Partition, mapping.Uuid), (MappingItem.Sort, sort)), cancellation: cancellation);
            }
        }

        await store.TransactWriteAsync(
            [TransactAction.Delete(Name, PairKey(mapping)), TransactAction.Delete(Name, MappingItem.KeyOf(mapping.Uuid))],
            cancellation: cancellation);
    }

    internal async ValueTask<ShardCheckpoint?> FindCheckpointAsync(string uuid, string shardId, CancellationToken cancellation) =>
        await store.GetAsync(Name, ShardCheckpoint.KeyOf(uuid, shardId), cancellation) is { } item
            ? ShardCheckpoint.Read(item)
            : null;

    /// <summary>Completes when the checkpoint is durable.</summary>
    internal async ValueTask PutCheckpointAsync(
        string uuid, string shardId, ShardCheckpoint checkpoint, CancellationToken cancellation) =>
        await store.PutAsync(Name, checkpoint.Write(uuid, shardId), cancellation: cancellation);

    /// <summary>LastProcessingResult of a mapping.</summary>
    internal async ValueTask<string> FindResultAsync(string uuid, CancellationToken cancellation) =>
        await store.GetAsync(Name, ResultKey(uuid), cancellation) is { } item ? item[ResultText].AsString() : NoRecords;

    internal async ValueTask PutResultAsync(string uuid, string result, CancellationToken cancellation) =>
        await store.PutAsync(
            Name,
            Item.Of((MappingItem.Partition, uuid), (MappingItem.Sort, ResultSort), (ResultText, result)),
            cancellation: cancellation);

    private static Item ResultKey(string uuid) => Item.Of((MappingItem.Partition, uuid), (MappingItem.Sort, ResultSort));

    private static Item PairKey(EventSourceMapping mapping) => Item.Of(
        (MappingItem.Partition, "PAIR#" + mapping.FunctionArn), (MappingItem.Sort, mapping.EventSourceArn));

    private static TransactAction TakePair(EventSourceMapping mapping) => TransactAction.Put(
        Name,
        Item.Of(
            (MappingItem.Partition, "PAIR#" + mapping.FunctionArn),
            (MappingItem.Sort, mapping.EventSourceArn),
            (PairUuid, mapping.Uuid)),
        new WriteOptions { Condition = $"attribute_not_exists({MappingItem.Partition})", ReturnOld = true });

    private static WriteOptions IfRevision(EventSourceMapping old) => new()
    {
        Condition = string.Create(CultureInfo.InvariantCulture, $"{MappingItem.Revision} = :{MappingItem.Revision}"),
        Values = Item.Of((":" + MappingItem.Revision, old.Revision)),
    };

    private static string? DuplicateIn(TransactionOutcome outcome, int action) =>
        outcome.Reasons[action].Old is { } pair ? pair[PairUuid].AsString() : null;
}
