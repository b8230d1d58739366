using Storage.Engine.Model;

namespace Storage.Engine;

/// <summary>
/// The streams of a store's tables, read in process: what the DynamoDB Streams API shows, without iterators that expire.
/// A position is all a reader keeps; it stays valid when the store is opened again.
/// </summary>
public sealed class StoreStreams
{
    internal StoreStreams()
    {
    }

    /// <summary>Finds a stream; null when there is none of that ARN, or it was switched off more than 24 hours ago.</summary>
    public ValueTask<StreamDescription?> FindAsync(string arn, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    /// <summary>The position to read behind, for all shards of a stream.</summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException.</exception>
    public ValueTask<ChangePosition> ResolveAsync(string arn, StreamStart start, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

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
    public ValueTask<StreamRecordPage> ReadAsync(
        string arn,
        string shardId,
        ChangePosition after,
        int recordsMax,
        int bytesMax,
        CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>
    /// Completes when there may be a record behind that position in any shard of the stream, or the stream was switched
    /// off or dropped; at once if so.
    /// </summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException.</exception>
    public ValueTask WaitAsync(string arn, ChangePosition after, CancellationToken cancellation = default) =>
        throw new NotImplementedException();
}
