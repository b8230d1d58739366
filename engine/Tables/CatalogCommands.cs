using System.Collections.Immutable;
using Storage.Engine.Encoding;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Utf8 = System.Text.Encoding;

namespace Storage.Engine.Tables;

/// <summary>
/// Creates, changes and deletes tables: one record each, appended under the catalog's writer and, for a table that
/// exists, the writers of all its partitions, so that no write in flight sees a definition change under it.
/// </summary>
internal sealed class CatalogCommands(
    Catalog catalog,
    SystemTables system,
    StoreLog log,
    WriteRoom room,
    ChangeApplier applier,
    TimeProvider time,
    int seed,
    int initialPartitions)
{
    private readonly Random random = new(seed); // Used under the catalog partition's writer only.

    /// <summary>
    /// Creates a table, durable when the answer comes, as is what a refusal saw. ResourceInUseException when the name is
    /// taken; LimitExceededException; ValidationException.
    /// </summary>
    internal ValueTask<Table> CreateAsync(TableDefinition definition, CancellationToken cancellation) =>
        CreateAsync(definition, null, cancellation);

    /// <summary>As the other; of a table that was before, keeps its identity, its age and its number of partitions.</summary>
    internal async ValueTask<Table> CreateAsync(TableDefinition definition, StoredTable? like, CancellationToken cancellation)
    {
        DefinitionRules.Check(definition);
        await room.WaitAsync(cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        Table table;
        try
        {
            table = Create(definition, like);
        }
        catch (DynamoDbException)
        {
            await log.WaitUntilDurableAsync(catalog.Lsn, cancellation).ConfigureAwait(false);
            throw;
        }

        await log.WaitUntilDurableAsync(table.CatalogLsn, cancellation).ConfigureAwait(false);
        return table;
    }

    /// <summary>Deletes a table and returns what it was. ResourceNotFoundException, or ValidationException when protected.</summary>
    internal async ValueTask<Table> DeleteAsync(string name, CancellationToken cancellation)
    {
        var (table, _) = await ChangeAsync(name, Delete, cancellation).ConfigureAwait(false);
        return table;
    }

    /// <summary>
    /// Changes a table. An added index is CREATING; the caller starts its backfill. ResourceNotFoundException;
    /// ResourceInUseException while an index is being created; ValidationException.
    /// </summary>
    internal async ValueTask<Table> UpdateAsync(string name, TableChange change, CancellationToken cancellation)
    {
        var (_, table) = await ChangeAsync(
            name,
            (before, scope) => Update(before, change, scope),
            cancellation).ConfigureAwait(false);
        return table!;
    }

    /// <summary>
    /// Switches time to live of a table on or off. <paramref name="choose"/> gives the attribute, or null, of the table as
    /// it is; it may refuse. A new expiry index is being filled; the caller starts that.
    /// </summary>
    internal async ValueTask<Table> UpdateTimeToLiveAsync(
        string name, Func<TableDefinition, string?> choose, CancellationToken cancellation)
    {
        var (_, table) = await ChangeAsync(
            name,
            (before, scope) =>
            {
                var attribute = choose(before.Definition);
                if (attribute != before.Definition.TimeToLive)
                {
                    Write(scope, TimeToLiveChange.Apply(before.Stored, attribute, catalog));
                }
            },
            cancellation).ConfigureAwait(false);
        return table!;
    }

    /// <summary>Marks a filled index ACTIVE; false when the table or index is gone.</summary>
    internal async ValueTask<bool> ActivateIndexAsync(TableHandle handle, uint indexId, CancellationToken cancellation)
    {
        if (handle.Current is not { } known)
        {
            return false;
        }

        var found = false;
        try
        {
            await ChangeAsync(
                known.Name,
                (table, scope) =>
                {
                    var index = table.Handle == handle ? table.FindMaintained(indexId) : null;
                    found = index is not null;
                    if (found)
                    {
                        Write(scope, table.Stored.WithActive(index!.Stored));
                    }
                },
                cancellation).ConfigureAwait(false);
        }
        catch (DynamoDbException)
        {
            return false; // The table was deleted meanwhile.
        }

        return found;
    }

    private Table Create(TableDefinition definition, StoredTable? like)
    {
        var scope = new CommitScope(log, applier);
        scope.Add(system.Catalog.Partitions[0]);
        scope.Enter();
        try
        {
            if (catalog.Find(definition.Name) is not null)
            {
                throw DynamoDbException.TableAlreadyExists(definition.Name);
            }

            if (!DefinitionRules.IsSystemName(definition.Name) && catalog.UserCount >= Limits.TablesMax)
            {
                throw DynamoDbException.LimitExceeded(
                    $"Subscriber limit exceeded: Only {Limits.TablesMax} tables can exist in an account");
            }

            var now = NowMicros();
            var ids = new IdAllocation(catalog.NextId, catalog.NextPartitionId);
            var id = ids.TakeId();
            var partitions = like?.PartitionCount ?? initialPartitions;
            var firstPartition = ids.TakePartitions(partitions);
            ImmutableArray<StoredIndex> indexes = [.. definition.Indexes.Select(_ => ids.TakeIndex(partitions, IndexStatus.Active))];
            Write(scope, new StoredTable
            {
                Definition = definition,
                Id = id,
                TableId = like?.TableId ?? NewTableId(),
                CreatedMicros = like?.CreatedMicros ?? now,
                FirstPartitionId = firstPartition,
                PartitionCount = partitions,
                Indexes = indexes,
                Expiry = definition.TimeToLive is null ? null : ids.TakeIndex(ExpiryIndex.PartitionCount, IndexStatus.Active),
                StreamLabelMicros = definition.Stream is null ? 0 : catalog.NextStreamLabel(definition.Name, now),
                StreamSinceLsn = definition.Stream is null ? 0 : log.LastLsn,
                OnDemandSinceMicros = like?.OnDemandSinceMicros ?? (definition.BillingMode == BillingMode.PayPerRequest ? now : 0),
            });
            RemoveFormerStreams(scope);
            scope.Commit();
            return catalog.Find(definition.Name)!;
        }
        finally
        {
            scope.Exit();
        }
    }

    private void Update(Table before, TableChange change, CommitScope scope)
    {
        var stored = StoredTableChange.Apply(before, change, catalog, initialPartitions, NowMicros(), log.LastLsn);
        if (stored.Definition.Stream is null)
        {
            KeepStream(before, scope);
        }

        Write(scope, stored);
    }

    private void Delete(Table table, CommitScope scope)
    {
        if (table.Definition.DeletionProtection)
        {
            throw DynamoDbException.Validation(
                $"Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
        }

        if (table.Indexes.Any(index => !index.IsActive))
        {
            throw DynamoDbException.ResourceInUse(
                $"Attempt to change a resource which is still in use: Table is being updated: {table.Name}");
        }

        KeepStream(table, scope);
        var key = new KeyBuffer();
        SystemTables.BuildKey(SystemTables.CatalogId, Utf8.UTF8.GetBytes(table.Name), key);
        scope.AddChange(system.Catalog.Partitions[0], ChangeFlags.Existed, key.Span, 0, 0, default, default, default);
    }

    /// <summary>
    /// The stream of a table, if it has one, ends with this record and is kept for its readers. The writers of all the
    /// table's partitions are held: what the stream has lies in the log by now. Before the change of the table in the
    /// record: who looks for the stream in the table and then here must find it.
    /// </summary>
    private void KeepStream(Table table, CommitScope scope)
    {
        if (table.Definition.Stream is null)
        {
            return;
        }

        var stream = FormerStream.Of(table.Stored, log.LastLsn, NowMicros());
        var key = new KeyBuffer();
        SystemTables.BuildKey(SystemTables.CatalogId, FormerStreamItem.NameOf(stream), key);
        using var image = ValueWriter.Rent();
        FormerStreamItem.Write(stream, image);
        scope.AddChange(system.Catalog.Partitions[0], ChangeFlags.Put, key.Span, 0, 0, image.Written, default, default);
    }

    /// <summary>Each record of the catalog takes away what can no longer be read.</summary>
    private void RemoveFormerStreams(CommitScope scope)
    {
        var key = new KeyBuffer();
        foreach (var stream in catalog.FormerStreams.Removable(NowMicros()))
        {
            SystemTables.BuildKey(SystemTables.CatalogId, FormerStreamItem.NameOf(stream), key);
            scope.AddChange(system.Catalog.Partitions[0], ChangeFlags.Existed, key.Span, 0, 0, default, default, default);
        }
    }

    /// <summary>Gives the table before and after the change, null once deleted. What a refusal saw is durable too.</summary>
    private async ValueTask<(Table Before, Table? After)> ChangeAsync(
        string name, Action<Table, CommitScope> change, CancellationToken cancellation)
    {
        await room.WaitAsync(cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        Table before;
        Table? after;
        try
        {
            do
            {
                before = catalog.Find(name) ?? throw DynamoDbException.TableNotFound(name);
            }
            while (!TryChange(before, change, out after));
        }
        catch (DynamoDbException)
        {
            await log.WaitUntilDurableAsync(catalog.Lsn, cancellation).ConfigureAwait(false);
            throw;
        }

        await log.WaitUntilDurableAsync(after?.CatalogLsn ?? catalog.Lsn, cancellation).ConfigureAwait(false);
        catalog.CloseDropped(log.DurableLsn);
        return (before, after);
    }

    /// <summary>False when the table's definition changed before its writers were held: look again.</summary>
    private bool TryChange(Table table, Action<Table, CommitScope> change, out Table? after)
    {
        var scope = new CommitScope(log, applier);
        scope.Add(system.Catalog.Partitions[0]);
        foreach (var partition in table.Partitions.Partitions)
        {
            scope.Add(partition);
        }

        scope.Enter();
        try
        {
            after = null;
            if (!ReferenceEquals(table.Handle.Current, table))
            {
                return false;
            }

            change(table, scope);
            if (scope.HasChanges)
            {
                RemoveFormerStreams(scope);
                scope.Commit();
            }

            after = table.Handle.Current;
            return true;
        }
        finally
        {
            scope.Exit();
        }
    }

    /// <summary>Adds a table's item and, when it took new ids, the item of the next free ones.</summary>
    private void Write(CommitScope scope, StoredTable stored)
    {
        var partition = system.Catalog.Partitions[0];
        var key = new KeyBuffer();
        using var image = ValueWriter.Rent();
        SystemTables.BuildKey(SystemTables.CatalogId, Utf8.UTF8.GetBytes(stored.Definition.Name), key);
        CatalogItem.Write(stored, image);
        scope.AddChange(
            partition, PutFlags(catalog.Find(stored.Definition.Name) is not null), key.Span, 0, 0, image.Written, default, default);

        var indexes = stored.Expiry is { } expiry ? stored.Indexes.Add(expiry) : stored.Indexes;
        var nextId = Math.Max(catalog.NextId, indexes.Select(index => index.Id).Append(stored.Id).Max() + 1);
        var nextPartition = Math.Max(
            catalog.NextPartitionId,
            indexes.Select(index => index.FirstPartitionId + (uint)index.PartitionCount)
                .Append(stored.FirstPartitionId + (uint)stored.PartitionCount)
                .Max());
        if (nextId == catalog.NextId)
        {
            return;
        }

        image.Clear();
        var mark = image.Begin(ValueTag.Map);
        CatalogItem.WriteNumber(image, "id"u8, nextId);
        CatalogItem.WriteNumber(image, "partition"u8, nextPartition);
        image.End(mark);
        SystemTables.BuildKey(SystemTables.CatalogId, Catalog.IdsName, key);
        scope.AddChange(
            partition,
            PutFlags(catalog.NextId != SystemTables.FirstUserId),
            key.Span,
            0,
            0,
            image.Written,
            default,
            default);
    }

    private static ChangeFlags PutFlags(bool existed) => existed ? ChangeFlags.Put | ChangeFlags.Existed : ChangeFlags.Put;

    private Guid NewTableId()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        bytes[7] = (byte)((bytes[7] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes);
    }

    private long NowMicros() => time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
}
