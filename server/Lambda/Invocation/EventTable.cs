using System.Runtime.CompilerServices;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Server.Blobs;

namespace Storage.Server.Lambda.Invocation;

/// <summary>
/// The queue's items: one partition for each function with its events by due time, and one that names those functions,
/// so that a start finds them without reading every event. A payload too large for an item is a blob.
/// </summary>
internal sealed class EventTable(Store store, BlobStore blobs)
{
    internal const string TableName = "$lambda.queue";

    /// <summary>Not a function's partition: those begin with <see cref="LanePrefix"/>.</summary>
    private const string LaneList = "LANES";
    private const string LanePrefix = "LANE#";
    private const string HeadProjection = "sk, requestId, qualifier, deadline, attempts, failures, trace";

    internal ValueTask EnsureAsync(CancellationToken cancellation) => store.EnsureSystemTableAsync(
        new TableDefinition
        {
            Name = TableName,
            Key = new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("sk", AttributeType.S)),
        },
        cancellation);

    /// <summary>Functions that have or had events.</summary>
    internal async IAsyncEnumerable<string> ReadLanesAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var query = new QueryOptions { KeyCondition = "pk = :lanes", Values = Item.Of((":lanes", LaneList)) };
        await foreach (var item in store.QueryAsync(TableName, query, cancellation))
        {
            yield return item["sk"].AsString();
        }
    }

    /// <summary>Forgets a function that has no events.</summary>
    internal async ValueTask DeleteLaneAsync(string function, CancellationToken cancellation) =>
        await store.DeleteAsync(TableName, Item.Of(("pk", LaneList), ("sk", function)), null, cancellation);

    /// <summary>Events of a function from a sort key on, in order.</summary>
    internal async IAsyncEnumerable<QueuedEvent> ReadAsync(
        string function, string fromSortKey, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var query = new QueryOptions
        {
            KeyCondition = "pk = :lane AND sk >= :from",
            Values = Item.Of((":lane", LanePrefix + function), (":from", fromSortKey)),
            Projection = HeadProjection,
        };
        await foreach (var item in store.QueryAsync(TableName, query, cancellation))
        {
            yield return HeadOf(function, item);
        }
    }

    /// <summary>Durable when it completes.</summary>
    /// <param name="queued">The event.</param>
    /// <param name="payload">JSON.</param>
    /// <param name="isNewLane">Whether the function must be put in the list as well, in the same transaction.</param>
    /// <param name="cancellation">Ends the wait; the event may be in the queue all the same.</param>
    internal async ValueTask AddAsync(
        QueuedEvent queued, ReadOnlyMemory<byte> payload, bool isNewLane, CancellationToken cancellation)
    {
        var content = payload.Length <= BlobStore.ItemBytesMax
            ? ("payload", (AttributeValue)payload.ToArray())
            : ("blob", (AttributeValue)await blobs.PutAsync(payload, cancellation));
        var item = ItemOf(queued, content);
        if (!isNewLane)
        {
            await store.PutAsync(TableName, item, null, cancellation);
            return;
        }

        var lane = Item.Of(("pk", LaneList), ("sk", queued.Function));
        await store.TransactWriteAsync(
            [TransactAction.Put(TableName, lane), TransactAction.Put(TableName, item)], null, cancellation);
    }

    /// <summary>
    /// Counts a run that is about to begin, and gives the event with its payload; null when the event is not there any
    /// more.
    /// </summary>
    /// <exception cref="InvalidDataException">The payload's blob is missing or damaged.</exception>
    internal async ValueTask<(QueuedEvent Event, ReadOnlyMemory<byte> Payload)?> BeginAttemptAsync(
        QueuedEvent queued, CancellationToken cancellation)
    {
        var options = new WriteOptions { Condition = "attribute_exists(pk)", Values = Item.Of((":one", 1)) };
        var outcome = await store.UpdateAsync(
            TableName, KeyOf(queued), "SET attempts = attempts + :one", options, cancellation);
        if (!outcome.Accepted)
        {
            return null;
        }

        var item = outcome.New!;
        var payload = item.TryGetValue("payload", out var bytes)
            ? bytes.AsBinary()
            : await blobs.ReadAsync(item["blob"].AsString(), cancellation);
        return (HeadOf(queued.Function, item), payload);
    }

    /// <summary>Moves an event, with its counts as <paramref name="moved"/> has them, in one transaction.</summary>
    internal async ValueTask MoveAsync(QueuedEvent queued, QueuedEvent moved, CancellationToken cancellation)
    {
        if (await store.GetAsync(TableName, KeyOf(queued), cancellation) is not { } item)
        {
            return;
        }

        var content = item.TryGetValue("payload", out var payload) ? ("payload", payload) : ("blob", item["blob"]);
        await store.TransactWriteAsync(
            [TransactAction.Delete(TableName, KeyOf(queued)), TransactAction.Put(TableName, ItemOf(moved, content))],
            null,
            cancellation);
    }

    internal async ValueTask DeleteAsync(QueuedEvent queued, CancellationToken cancellation) =>
        await store.DeleteAsync(TableName, KeyOf(queued), null, cancellation);

    private static Item KeyOf(QueuedEvent queued) => Item.Of(("pk", LanePrefix + queued.Function), ("sk", queued.SortKey));

    private static Item ItemOf(QueuedEvent queued, (string Name, AttributeValue Value) content)
    {
        var attributes = new List<(string, AttributeValue)>
        {
            ("pk", LanePrefix + queued.Function),
            ("sk", queued.SortKey),
            ("requestId", queued.RequestId),
            ("deadline", queued.DeadlineMs),
            ("attempts", queued.Attempts),
            ("failures", queued.Failures),
            content,
        };
        if (queued.Qualifier is { } qualifier)
        {
            attributes.Add(("qualifier", qualifier));
        }

        if (queued.TraceId is { } trace)
        {
            attributes.Add(("trace", trace));
        }

        return Item.Of([.. attributes]);
    }

    private static QueuedEvent HeadOf(string function, Item item) => new(function, item["sk"].AsString())
    {
        RequestId = item["requestId"].AsString(),
        Qualifier = item.TryGetValue("qualifier", out var qualifier) ? qualifier.AsString() : null,
        DeadlineMs = item["deadline"].AsInt64(),
        Attempts = (int)item["attempts"].AsInt64(),
        Failures = (int)item["failures"].AsInt64(),
        TraceId = item.TryGetValue("trace", out var trace) ? trace.AsString() : null,
    };
}
