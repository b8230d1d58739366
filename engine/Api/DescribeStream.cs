using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Streams;

namespace Storage.Engine.Api;

/// <summary>
/// DescribeStream. A shard lives as long as its stream and has no children, so the one kind of filter there is,
/// CHILD_SHARDS, finds none.
/// </summary>
internal sealed class DescribeStream(TableStreams streams) : IOperation
{
    private const int LimitMax = 100;

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var request = Read(body);
        var stream = await streams.FindRequestedAsync(request.Arn, cancellation).ConfigureAwait(false);
        var first = request.AfterShardId is { } after ? IndexBehind(stream, after) : 0;
        if (request.ParentShardId is { } parent)
        {
            _ = stream.TryFindShard(parent, out _) ? 0 : throw DynamoDbException.ShardNotFound(parent, stream.Arn);
            first = stream.ShardCount;
        }

        var end = Math.Min(stream.ShardCount, first + request.Limit);
        response.WriteStartObject();
        response.WriteStartObject("StreamDescription"u8);
        response.WriteString("StreamArn"u8, stream.Arn);
        response.WriteString("StreamLabel"u8, stream.Label);
        response.WriteString("StreamStatus"u8, stream.IsEnabled ? "ENABLED"u8 : "DISABLED"u8);
        response.WriteString("StreamViewType"u8, StreamRecordWriter.NameOf(stream.View));
        response.WritePropertyName("CreationRequestDateTime"u8);
        TableDescriptionWriter.WriteSeconds(response, stream.CreatedMicros);
        response.WriteString("TableName"u8, stream.TableName);
        TableDescriptionWriter.WriteKeySchema(response, stream.Key);
        response.WriteStartArray("Shards"u8);
        for (var shard = first; shard < end; shard++)
        {
            WriteShard(response, stream, shard);
        }

        response.WriteEndArray();
        if (end < stream.ShardCount)
        {
            response.WriteString("LastEvaluatedShardId"u8, stream.ShardIdOf(end - 1));
        }

        response.WriteEndObject();
        response.WriteEndObject();
        return IOperation.Ok;
    }

    private static void WriteShard(Utf8JsonWriter json, TableStream stream, int shard)
    {
        json.WriteStartObject();
        json.WriteString("ShardId"u8, stream.ShardIdOf(shard));
        json.WriteStartObject("SequenceNumberRange"u8);
        json.WriteString("StartingSequenceNumber"u8, stream.StartingPosition.ToString());
        if (stream.EndingPosition is { } ending)
        {
            json.WriteString("EndingSequenceNumber"u8, ending.ToString());
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static int IndexBehind(TableStream stream, string shardId)
    {
        if (!stream.TryFindShard(shardId, out var partition))
        {
            throw DynamoDbException.ShardNotFound(shardId, stream.Arn);
        }

        return (int)(partition - stream.PartitionOf(0)) + 1;
    }

    private static Request Read(in ReadOnlySequence<byte> body)
    {
        var arn = new RequestText();
        var after = new RequestText();
        var parent = new RequestText();
        string? filter = null;
        long? limit = null;
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("StreamArn"u8))
            {
                arn.Read(ref reader);
            }
            else if (reader.ValueTextEquals("ExclusiveStartShardId"u8))
            {
                after.Read(ref reader);
            }
            else if (reader.ValueTextEquals("Limit"u8))
            {
                limit = RequestJson.ReadInteger(ref reader);
            }
            else if (reader.ValueTextEquals("ShardFilter"u8))
            {
                filter = ReadFilter(ref reader, parent);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        RequestJson.Close(ref reader);
        if (!arn.IsPresent)
        {
            throw RequestJson.Missing("StreamArn");
        }

        var errors = new ConstraintErrors();
        StreamMembers.CheckArn(arn, errors);
        StreamMembers.CheckLimit(limit, LimitMax, errors);
        StreamMembers.CheckShardId(after, errors, "ExclusiveStartShardId");
        StreamMembers.CheckShardId(parent, errors, "ShardFilter.ShardId");
        if (filter is not null and not "CHILD_SHARDS")
        {
            errors.Add(ConstraintText.Enum("shardFilter.type", filter, "CHILD_SHARDS"));
        }

        errors.ThrowIfAny();
        if (filter is not null && !parent.IsPresent)
        {
            // The rule is AWS's, the wording ours.
            throw DynamoDbException.Validation("ShardId must be specified when the Type of ShardFilter is CHILD_SHARDS");
        }

        return new Request(
            arn.ToString(),
            (int)(limit ?? LimitMax),
            after.IsPresent ? after.ToString() : null,
            filter is not null ? parent.ToString() : null);
    }

    /// <summary>Gives the filter's Type; null when there is none.</summary>
    private static string? ReadFilter(ref Utf8JsonReader reader, RequestText shardId)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return null;
        }

        var type = new RequestText();
        RequestJson.RequireObject(ref reader);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("Type"u8))
            {
                type.Read(ref reader);
            }
            else if (reader.ValueTextEquals("ShardId"u8))
            {
                shardId.Read(ref reader);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        return type.IsPresent ? type.ToString() : null;
    }

    /// <param name="Arn">The stream.</param>
    /// <param name="Limit">Shards of a page.</param>
    /// <param name="AfterShardId">The last shard of the page before.</param>
    /// <param name="ParentShardId">The shard whose children are asked for.</param>
    private sealed record Request(string Arn, int Limit, string? AfterShardId, string? ParentShardId);
}
