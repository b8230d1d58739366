using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// Makes a change of an UpdateTable request, in two steps: what the request says by itself, and what it says of the
/// table. Source of the texts: observed answers of DynamoDB, unless said otherwise.
/// </summary>
internal static class TableChangeReader
{
    private const string Invalid = "One or more parameter values were invalid: ";

    /// <summary>What can be said without the table.</summary>
    /// <exception cref="DynamoDbException">ValidationException; LimitExceededException.</exception>
    internal static void Check(TableRequest request)
    {
        if (request is
            {
                BillingMode: null, Throughput: null, Stream: null, DeletionProtection: null,
            }
            && request.GlobalIndexUpdates is not { Count: > 0 })
        {
            throw DynamoDbException.Validation(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates "
                + "or SSESpecification or ReplicaUpdates is required");
        }

        if (request is { BillingMode: BillingMode.PayPerRequest })
        {
            ThroughputRules.Check(BillingMode.PayPerRequest, request.Throughput);
        }

        ThroughputRules.CheckBounds(request.Throughput, string.Empty);
        TableDefinitionReader.ReadStream(request.Stream);
        CheckUpdates(request.GlobalIndexUpdates ?? []);
    }

    /// <summary>The change of a table as it is now.</summary>
    /// <exception cref="DynamoDbException">ValidationException; ResourceNotFoundException for an index.</exception>
    internal static Tables.TableChange Read(TableRequest request, TableDefinition table)
    {
        var billing = request.BillingMode ?? table.BillingMode;
        CheckThroughput(request, table, billing);
        if (request.Stream is { } stream)
        {
            Tables.StoredTableChange.RequireOtherStream(table, stream.Enabled);
        }

        var updates = request.GlobalIndexUpdates ?? [];
        CheckIndexThroughput(updates, table, billing);
        var added = updates.Find(update => update.Create is not null)?.Create;
        return new Tables.TableChange
        {
            BillingMode = request.BillingMode,
            Throughput = request.Throughput,
            DeletionProtection = request.DeletionProtection,
            ChangesStream = request.Stream is not null,
            Stream = request.Stream?.View,
            AddIndex = added is null ? null : ReadAdded(added, request, table, billing),
            RemoveIndex = updates.Find(update => update.Delete is not null)?.Delete,
            IndexThroughput =
            [
                .. updates.Where(update => update.Update is not null)
                    .Select(update => (update.Update!.Value.Name, update.Update!.Value.Throughput!)),
            ],
        };
    }

    private static void CheckUpdates(List<IndexUpdate> updates)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var onlineChanges = 0;
        foreach (var update in updates)
        {
            var actions = (update.Create is null ? 0 : 1) + (update.Update is null ? 0 : 1) + (update.Delete is null ? 0 : 1);
            if (actions != 1)
            {
                // The rule is AWS's, the wording ours.
                throw DynamoDbException.Validation(
                    $"{Invalid}Each GlobalSecondaryIndexUpdate must have exactly one of Create, Update and Delete");
            }

            if (!names.Add(update.IndexName!))
            {
                throw DynamoDbException.Validation(
                    $"{Invalid}Only one global secondary index update per index is allowed simultaneously. Index: {update.IndexName}");
            }

            onlineChanges += update.Update is null ? 1 : 0;
        }

        if (onlineChanges > 1)
        {
            throw DynamoDbException.LimitExceeded(
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
        }
    }

    private static void CheckThroughput(TableRequest request, TableDefinition table, BillingMode billing)
    {
        if (billing == BillingMode.PayPerRequest || table.BillingMode != billing)
        {
            ThroughputRules.Check(billing, request.Throughput);
        }
        else if (request.Throughput == table.Throughput && request.GlobalIndexUpdates is null)
        {
            throw DynamoDbException.Validation(
                "The provisioned throughput for the table will not change. The requested value equals the current value. "
                + $"Current ReadCapacityUnits provisioned for the table: {table.Throughput.ReadCapacityUnits}. "
                + $"Requested ReadCapacityUnits: {table.Throughput.ReadCapacityUnits}. "
                + $"Current WriteCapacityUnits provisioned for the table: {table.Throughput.WriteCapacityUnits}. "
                + $"Requested WriteCapacityUnits: {table.Throughput.WriteCapacityUnits}. "
                + "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.");
        }
    }

    private static void CheckIndexThroughput(List<IndexUpdate> updates, TableDefinition table, BillingMode billing)
    {
        foreach (var update in updates)
        {
            if (update.Update is not { } change)
            {
                continue;
            }

            if (!table.Indexes.Any(index => !index.IsLocal && index.Name == change.Name))
            {
                throw DynamoDbException.IndexNotFound(change.Name, table.Name);
            }

            IndexDefinitionReader.CheckThroughput(change.Name, change.Throughput, billing);
            if (change.Throughput is null)
            {
                throw DynamoDbException.Validation($"{Invalid}ProvisionedThroughput must be specified for index: {change.Name}");
            }
        }

        if (billing != BillingMode.Provisioned || table.BillingMode == billing)
        {
            return;
        }

        // Provisioned from now on: every global index that stays needs a throughput of its own.
        foreach (var index in table.Indexes)
        {
            if (!index.IsLocal
                && !updates.Exists(update => update.Delete == index.Name || update.Update?.Name == index.Name))
            {
                IndexDefinitionReader.CheckThroughput(index.Name, null, billing);
            }
        }
    }

    private static IndexDefinition ReadAdded(IndexRequest added, TableRequest request, TableDefinition table, BillingMode billing)
    {
        var given = request.AttributeDefinitions ?? [];
        var definitions = Merge(given, table);
        var index = IndexDefinitionReader.ReadGlobal(added, billing, definitions);
        IndexDefinitionReader.CheckProjectedTotal([.. table.Indexes, index]);
        if (given.Count > 0)
        {
            TableDefinitionReader.CheckAllUsed(definitions, table.Key, [.. table.Indexes, index]);
        }

        return index;
    }

    /// <summary>The attributes the table knows and those that came, which may repeat but not contradict them.</summary>
    private static List<KeyAttribute> Merge(List<KeyAttribute> given, TableDefinition table)
    {
        var merged = new List<KeyAttribute>();
        foreach (var attribute in TableDescriptionWriter.AttributesOf(table).Concat(given))
        {
            var known = merged.Find(candidate => candidate.Name == attribute.Name);
            if (known is null)
            {
                merged.Add(attribute);
            }
            else if (known != attribute)
            {
                throw DynamoDbException.Validation(
                    $"{Invalid}Attribute {attribute.Name} is already defined with type {known.Type}");
            }
        }

        return merged;
    }
}
