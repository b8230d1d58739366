using Storage.Engine.Model;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine;

/// <summary>
/// The streams of a store's tables, read in process: what the DynamoDB Streams API shows, without iterators that expire.
/// A position is all a reader keeps; it stays valid when the store is opened again.
/// </summary>
public sealed class StoreStreams
{
    private readonly Database database;
    private readonly TableStreams streams;
    private readonly ShardReader shards;

    internal StoreStreams(Database database, ChangeFeed feed)
    {
        this.database = database;
        streams = new TableStreams(database);
        shards = new ShardReader(feed);
    }

    /// <summary>Finds a stream; null when there is none of that ARN, or it was switched off more than 24 hours ago.</summary>
    public async ValueTask<StreamDescription?> FindAsync(string arn, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(arn);
        return await streams.FindAsync(arn, cancellation).ConfigureAwait(false) is not { } stream ? null : new StreamDescription
        {
            Arn = stream.Arn,
            Table = stream.TableName,
            Label = stream.Label,
            View = stream.View,
            IsEnabled = stream.IsEnabled,
            Created = DateTimeOffset.UnixEpoch.AddMicroseconds(stream.CreatedMicros),
            ShardIds = [.. Enumerable.Range(0, stream.ShardCount).Select(stream.ShardIdOf)],
        };
    }

    /// <summary>The position to read behind, for all shards of a stream.</summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException.</exception>
    public async ValueTask<ChangePosition> ResolveAsync(string arn, StreamStart start, CancellationToken cancellation = default)
    {
        var stream = await RequireAsync(arn, cancellation).ConfigureAwait(false);
        return start == StreamStart.Latest ? shards.Latest(stream) : shards.TrimHorizon(stream);
    }

    /// <summary>Reads records of a shard behind a position; does not wait for new ones.</summary>
    /// <param name="arn">The stream.</param>
    /// <param name="shardId">One of its shards.</param>
    /// <param name="after">A record's position, a page's Next, or what <see cref="ResolveAsync"/> gave.</param>
    /// <param name="recordsMax">At least 1.</param>
    /// <param name="bytesMax">Sum of <see cref="StreamRecord.SizeBytes"/>; a page has one record even if that has more.</param>
    /// <param name="cancellation">Ends the read.</param>
    /// <exception cref="DynamoDbException">
    /// ResourceNotFoundException; TrimmedDataAccessException when records behind the position are no longer kept: resolve
    /// TRIM_HORIZON again.
    /// </exception>
    public async ValueTask<StreamRecordPage> ReadAsync(
        string arn,
        string shardId,
        ChangePosition after,
        int recordsMax,
        int bytesMax,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(shardId);
        ArgumentOutOfRangeException.ThrowIfLessThan(recordsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, 1);
        var stream = await RequireAsync(arn, cancellation).ConfigureAwait(false);
        if (!stream.TryFindShard(shardId, out var partition))
        {
            throw DynamoDbException.ShardNotFound(shardId, arn);
        }

        var page = await shards.ReadAsync(stream, partition, after, recordsMax, bytesMax, cancellation).ConfigureAwait(false);
        return new StreamRecordPage(
            [.. page.Entries.Select(entry => new StreamRecord(entry, database.Region))], page.Next, page.IsAtEnd, page.IsClosed);
    }

    /// <summary>
    /// Completes when there may be a record behind that position in any shard of the stream, or the stream was switched
    /// off or its table deleted; at once if so.
    /// </summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException.</exception>
    public async ValueTask WaitAsync(string arn, ChangePosition after, CancellationToken cancellation = default)
    {
        while (true)
        {
            var changed = database.Catalog.WaitForChangeAsync(); // before looking: a change after the look completes it
            var stream = await RequireAsync(arn, cancellation).ConfigureAwait(false);
            if (!stream.IsEnabled)
            {
                return;
            }

            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var written = shards.WaitAsync(stream, after, waiting.Token).AsTask();
            var first = await Task.WhenAny(written, changed).ConfigureAwait(false);
            if (first == written)
            {
                await written.ConfigureAwait(false);
                return;
            }

            await waiting.CancelAsync().ConfigureAwait(false);
            await written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private async ValueTask<TableStream> RequireAsync(string arn, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(arn);
        return await streams.FindAsync(arn, cancellation).ConfigureAwait(false) ?? throw DynamoDbException.StreamNotFound(arn);
    }
}
