using System.Collections.Immutable;
using Storage.Engine.Model;

namespace Storage.Engine.Tables;

/// <summary>What an UpdateTable makes of a stored table.</summary>
internal static class StoredTableChange
{
    /// <summary>
    /// Applies a change to a definition; takes new ids for an added index. <paramref name="lastLsn"/> is of the last
    /// record, while nobody can write to the table.
    /// </summary>
    /// <exception cref="DynamoDbException">The change does not fit the table as it is now.</exception>
    internal static StoredTable Apply(Table table, TableChange change, Catalog catalog, int partitions, long nowMicros, long lastLsn)
    {
        if (table.Indexes.Any(index => !index.IsActive))
        {
            throw DynamoDbException.ResourceInUse(
                $"Attempt to change a resource which is still in use: Table is being updated: {table.Name}");
        }

        var stored = Settings(table.Stored, change, nowMicros);
        if (change is { ChangesStream: true, Stream: not null })
        {
            stored = stored with { StreamLabelMicros = catalog.NextStreamLabel(table.Name, nowMicros), StreamSinceLsn = lastLsn };
        }

        if (change.AddIndex is { } added)
        {
            stored = AddIndex(stored, added, new IdAllocation(catalog.NextId, catalog.NextPartitionId), partitions);
        }

        if (change.RemoveIndex is { } removed)
        {
            stored = RemoveIndex(stored, removed);
        }

        foreach (var (name, throughput) in change.IndexThroughput)
        {
            var at = FindGlobal(stored, name);
            stored = WithIndexes(
                stored,
                stored.Definition.Indexes.SetItem(at, stored.Definition.Indexes[at] with { Throughput = throughput }),
                stored.Indexes);
        }

        DefinitionRules.Check(stored.Definition);
        return stored;
    }

    private static StoredTable Settings(StoredTable stored, TableChange change, long nowMicros)
    {
        var definition = stored.Definition;
        if (change.ChangesStream)
        {
            RequireOtherStream(definition, change.Stream is not null);
        }

        var billing = change.BillingMode ?? definition.BillingMode;
        var onDemand = billing == BillingMode.PayPerRequest;
        definition = definition with
        {
            BillingMode = billing,
            Throughput = onDemand ? new ProvisionedThroughput(0, 0) : change.Throughput ?? definition.Throughput,
            DeletionProtection = change.DeletionProtection ?? definition.DeletionProtection,
            Stream = change.ChangesStream ? change.Stream : definition.Stream,
            Indexes = onDemand
                ? [.. definition.Indexes.Select(index => index with { Throughput = new ProvisionedThroughput(0, 0) })]
                : definition.Indexes,
        };
        return stored with
        {
            Definition = definition,
            OnDemandSinceMicros = change.BillingMode == BillingMode.PayPerRequest ? nowMicros : stored.OnDemandSinceMicros,
        };
    }

    /// <summary>
    /// A stream is switched on or off and never changed: its view is the one it began with. "You receive a
    /// ValidationException if you try to enable a stream on a table that already has a stream, or if you try to disable a
    /// stream on a table that doesn't have a stream." API Reference, UpdateTable. The second text is ours.
    /// </summary>
    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal static void RequireOtherStream(TableDefinition table, bool enables)
    {
        if (enables == table.Stream.HasValue)
        {
            throw DynamoDbException.Validation(enables
                ? $"Table already has an enabled stream: TableName: {table.Name}"
                : $"Table has no enabled stream: TableName: {table.Name}");
        }
    }

    private static StoredTable AddIndex(StoredTable stored, IndexDefinition added, IdAllocation ids, int partitions)
    {
        if (stored.Definition.Indexes.Any(index => index.Name == added.Name))
        {
            throw DynamoDbException.Validation($"Attempting to create an index which already exists: {added.Name}");
        }

        if (stored.Definition.Indexes.Count(index => !index.IsLocal) >= Limits.GlobalIndexesMax)
        {
            throw DynamoDbException.LimitExceeded(
                $"One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of {Limits.GlobalIndexesMax}");
        }

        return WithIndexes(
            stored,
            stored.Definition.Indexes.Add(added),
            stored.Indexes.Add(ids.TakeIndex(partitions, IndexStatus.Creating)));
    }

    private static StoredTable RemoveIndex(StoredTable stored, string name)
    {
        var at = FindGlobal(stored, name);
        return WithIndexes(stored, stored.Definition.Indexes.RemoveAt(at), stored.Indexes.RemoveAt(at));
    }

    private static int FindGlobal(StoredTable stored, string name)
    {
        for (var i = 0; i < stored.Definition.Indexes.Length; i++)
        {
            if (stored.Definition.Indexes[i].Name == name && !stored.Definition.Indexes[i].IsLocal)
            {
                return i;
            }
        }

        throw DynamoDbException.IndexNotFound(name, stored.Definition.Name);
    }

    private static StoredTable WithIndexes(
        StoredTable stored, ImmutableArray<IndexDefinition> definitions, ImmutableArray<StoredIndex> indexes) =>
        stored with { Definition = stored.Definition with { Indexes = definitions }, Indexes = indexes };
}
