using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Server.Logs;

/// <summary>
/// The table of groups, streams and events: <c>groups / name</c>, <c>streams:GROUP-ID / name</c>,
/// <c>events:STREAM-ID / window#append#part</c>, and <c>trash / id</c> for what is being deleted.
/// </summary>
internal sealed class LogTable(Store store)
{
    internal const string Name = "$logs";

    /// <summary>Attribute of events: when they may go, seconds since 1970.</summary>
    internal const string TimeToLive = "ttl";

    private const string Trash = "trash";
    private const string GroupMark = "group:";
    private const string StreamMark = "stream:";
    private const int DeletesAtOnce = 50;

    internal Store Store => store;

    internal ValueTask EnsureAsync(CancellationToken cancellation) => store.EnsureSystemTableAsync(
        new TableDefinition
        {
            Name = Name,
            Key = new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("sk", AttributeType.S)),
            TimeToLive = TimeToLive,
        },
        cancellation);

    internal async ValueTask<LogGroup?> FindGroupAsync(string name, CancellationToken cancellation) =>
        await store.GetAsync(Name, LogGroup.KeyOf(name), cancellation) is { } item ? LogGroup.Read(item) : null;

    /// <exception cref="Aws.AwsException">ResourceNotFoundException.</exception>
    internal async ValueTask<LogGroup> GroupAsync(string name, CancellationToken cancellation) =>
        await FindGroupAsync(name, cancellation) ?? throw LogsFault.NoGroup();

    internal async ValueTask<LogStream?> FindStreamAsync(LogGroup group, string name, CancellationToken cancellation) =>
        await store.GetAsync(Name, LogStream.KeyOf(group.Id, name), cancellation) is { } item ? LogStream.Read(item) : null;

    /// <summary>Makes a group; false when there is one of the name.</summary>
    internal async ValueTask<bool> CreateGroupAsync(LogGroup group, CancellationToken cancellation) =>
        (await store.PutAsync(Name, group.ToItem(), new WriteOptions { Condition = "attribute_not_exists(pk)" }, cancellation)).Accepted;

    /// <summary>Makes a stream; false when there is one of the name, or the group is gone.</summary>
    internal async ValueTask<bool> CreateStreamAsync(LogGroup group, LogStream stream, CancellationToken cancellation)
    {
        var outcome = await store.TransactWriteAsync(
        [
            TransactAction.Check(Name, LogGroup.KeyOf(group.Name), Same("id", group.Id)),
            TransactAction.Put(
                Name, stream.ToItem(group.Id), new WriteOptions { Condition = "attribute_not_exists(pk)" }),
        ],
            cancellation: cancellation);
        return outcome.Accepted;
    }

    /// <summary>Deletes a group; what was in it goes after it. False when it is gone.</summary>
    internal async ValueTask<bool> DeleteGroupAsync(LogGroup group)
    {
        var outcome = await store.TransactWriteAsync(
        [
            TransactAction.Delete(Name, LogGroup.KeyOf(group.Name), Same("id", group.Id)),
            TransactAction.Put(Name, Item.Of(("pk", Trash), ("sk", GroupMark + group.Id))),
        ]);
        if (outcome.Accepted)
        {
            await EmptyTrashAsync(CancellationToken.None);
        }

        return outcome.Accepted;
    }

    /// <summary>Deletes a stream; its events go after it. False when it is gone.</summary>
    internal async ValueTask<bool> DeleteStreamAsync(LogGroup group, LogStream stream)
    {
        var outcome = await store.TransactWriteAsync(
        [
            TransactAction.Update(
                Name,
                LogGroup.KeyOf(group.Name),
                "ADD bytes :less",
                new WriteOptions { Condition = "id = :id", Values = Item.Of((":id", group.Id), (":less", -stream.StoredBytes)) }),
            TransactAction.Delete(Name, LogStream.KeyOf(group.Id, stream.Name), Same("id", stream.Id)),
            TransactAction.Put(Name, Item.Of(("pk", Trash), ("sk", StreamMark + stream.Id))),
        ]);
        if (outcome.Accepted)
        {
            await EmptyTrashAsync(CancellationToken.None);
        }

        return outcome.Accepted;
    }

    /// <summary>Deletes what deleted groups and streams left; after a crash, too. An entry goes when all of its own is gone.</summary>
    internal async Task EmptyTrashAsync(CancellationToken cancellation)
    {
        var entries = new List<Item>();
        await foreach (var entry in store.QueryAsync(Name, All(Trash), cancellation))
        {
            entries.Add(entry);
        }

        foreach (var entry in entries)
        {
            var mark = entry["sk"].AsString();
            if (mark.StartsWith(GroupMark, StringComparison.Ordinal))
            {
                await foreach (var item in store.QueryAsync(
                    Name, All(LogStream.PartitionKeyOf(mark[GroupMark.Length..])), cancellation))
                {
                    // The stream before its events: whoever still appends to it sees that it is gone.
                    var left = Item.Of(("pk", Trash), ("sk", StreamMark + LogStream.Read(item).Id));
                    await store.TransactWriteAsync(
                        [TransactAction.Delete(Name, KeyOf(item)), TransactAction.Put(Name, left)], cancellation: cancellation);
                    await EmptyAsync(left, cancellation);
                }

                await store.DeleteAsync(Name, KeyOf(entry), null, cancellation);
            }
            else
            {
                await EmptyAsync(entry, cancellation);
            }
        }
    }

    internal static Item KeyOf(Item item) => Item.Of(("pk", item["pk"]), ("sk", item["sk"]));

    internal static QueryOptions All(string partitionKey) =>
        new() { KeyCondition = "pk = :pk", Values = Item.Of((":pk", partitionKey)) };

    internal static WriteOptions Same(string attribute, string value) =>
        new() { Condition = $"{attribute} = :same", Values = Item.Of((":same", value)) };

    /// <summary>Deletes what a deleted stream left, then the entry that says so.</summary>
    private async ValueTask EmptyAsync(Item entry, CancellationToken cancellation)
    {
        await DeleteAllAsync(EventBatch.PartitionKeyOf(entry["sk"].AsString()[StreamMark.Length..]), cancellation);
        await store.DeleteAsync(Name, KeyOf(entry), null, cancellation);
    }

    private async ValueTask DeleteAllAsync(string partitionKey, CancellationToken cancellation)
    {
        var actions = new List<TransactAction>();
        await foreach (var item in store.QueryAsync(Name, All(partitionKey) with { Projection = "pk, sk" }, cancellation))
        {
            actions.Add(TransactAction.Delete(Name, KeyOf(item)));
            if (actions.Count == DeletesAtOnce)
            {
                await store.BatchWriteAsync(actions, cancellation);
                actions.Clear();
            }
        }

        if (actions.Count > 0)
        {
            await store.BatchWriteAsync(actions, cancellation);
        }
    }
}
