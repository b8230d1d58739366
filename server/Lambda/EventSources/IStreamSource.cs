using System.Text.Json;
using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Server.Lambda.EventSources;

/// <summary>The streams that mappings read: the store's, or a test's.</summary>
internal interface IStreamSource
{
    /// <summary>Ids of a stream's shards; null when there is no such stream.</summary>
    ValueTask<IReadOnlyList<string>?> FindAsync(string arn, CancellationToken cancellation);

    /// <summary>The position to read behind, for all shards.</summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException.</exception>
    ValueTask<ChangePosition> ResolveAsync(string arn, StreamStart start, CancellationToken cancellation);

    /// <summary>
    /// Reads records of a shard behind a position, or from the trim horizon when that is later; does not wait for new ones.
    /// </summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException.</exception>
    ValueTask<SourcePage> ReadAsync(
        string arn, string shardId, ChangePosition after, int recordsMax, int bytesMax, CancellationToken cancellation);

    /// <summary>Completes when there may be a record behind the position in any shard, or the stream has ended.</summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException.</exception>
    ValueTask WaitAsync(string arn, ChangePosition after, CancellationToken cancellation);
}

/// <summary>A record of a stream.</summary>
/// <param name="Position">Its text is the SequenceNumber.</param>
/// <param name="Time">When it was made: its age counts from here.</param>
/// <param name="KeyHash">Of the partition key; the same in every process, for lanes outlive them.</param>
/// <param name="WriteJson">Writes the record as the function gets it.</param>
internal sealed record SourceRecord(
    ChangePosition Position, DateTimeOffset Time, ulong KeyHash, Action<Utf8JsonWriter> WriteJson);

/// <summary>Records of a shard in order.</summary>
/// <param name="Records">May be empty although more follows.</param>
/// <param name="Next">Read on behind this.</param>
/// <param name="IsAtEnd">Whether nothing lay behind it: wait.</param>
/// <param name="IsClosed">Whether nothing ever will.</param>
internal sealed record SourcePage(IReadOnlyList<SourceRecord> Records, ChangePosition Next, bool IsAtEnd, bool IsClosed);
