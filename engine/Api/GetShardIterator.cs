using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>GetShardIterator.</summary>
internal sealed class GetShardIterator(Database database, TableStreams streams, ShardReader shards) : IOperation
{
    private const int SequenceNumberLengthMin = 21;
    private const int SequenceNumberLengthMax = 40;

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var request = Read(body);
        var stream = await streams.FindRequestedAsync(request.Arn, cancellation).ConfigureAwait(false);
        if (!stream.TryFindShard(request.ShardId, out var partition))
        {
            throw DynamoDbException.ShardNotFound(request.ShardId, stream.Arn);
        }

        var after = request.Type switch
        {
            "TRIM_HORIZON" => shards.TrimHorizon(stream),
            "LATEST" => shards.Latest(stream),
            "AT_SEQUENCE_NUMBER" => Before(Known(stream, request.SequenceNumber!)),
            _ => Known(stream, request.SequenceNumber!),
        };
        shards.RequireKept(stream, after);
        var iterator = new ShardIterator(stream.Arn, partition, after, database.Time.GetUtcNow().ToUnixTimeMilliseconds());
        response.WriteStartObject();
        response.WriteString("ShardIterator"u8, iterator.ToString());
        response.WriteEndObject();
        return IOperation.Ok;
    }

    /// <summary>The place that what lies at a position lies right behind.</summary>
    private static ChangePosition Before(ChangePosition position) =>
        position.Ordinal > 0 ? position with { Ordinal = position.Ordinal - 1 } : ChangePosition.EndOf(position.Lsn - 1);

    /// <summary>The position of a sequence number; one that no reader can have seen is refused, as what follows it is not known.</summary>
    private ChangePosition Known(TableStream stream, string sequenceNumber) =>
        ChangePosition.TryParse(sequenceNumber, out var position) && shards.IsKnown(stream, position)
            ? position
            : throw DynamoDbException.Validation($"Invalid SequenceNumber: {sequenceNumber}");

    private static Request Read(in ReadOnlySequence<byte> body)
    {
        var arn = new RequestText();
        var shardId = new RequestText();
        var type = new RequestText();
        var sequenceNumber = new RequestText();
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("StreamArn"u8))
            {
                arn.Read(ref reader);
            }
            else if (reader.ValueTextEquals("ShardId"u8))
            {
                shardId.Read(ref reader);
            }
            else if (reader.ValueTextEquals("ShardIteratorType"u8))
            {
                type.Read(ref reader);
            }
            else if (reader.ValueTextEquals("SequenceNumber"u8))
            {
                sequenceNumber.Read(ref reader);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        RequestJson.Close(ref reader);
        Check(arn, shardId, type, sequenceNumber);
        return new Request(
            arn.ToString(), shardId.ToString(), type.ToString(), sequenceNumber.IsPresent ? sequenceNumber.ToString() : null);
    }

    private static void Check(RequestText arn, RequestText shardId, RequestText type, RequestText sequenceNumber)
    {
        if (!arn.IsPresent || !shardId.IsPresent || !type.IsPresent)
        {
            throw RequestJson.Missing(!arn.IsPresent ? "StreamArn" : !shardId.IsPresent ? "ShardId" : "ShardIteratorType");
        }

        var errors = new ConstraintErrors();
        StreamMembers.CheckArn(arn, errors);
        StreamMembers.CheckShardId(shardId, errors);
        var name = type.ToString();
        if (name is not ("TRIM_HORIZON" or "LATEST" or "AT_SEQUENCE_NUMBER" or "AFTER_SEQUENCE_NUMBER"))
        {
            errors.Add(ConstraintText.Enum(
                "shardIteratorType", name, "AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON"));
        }

        StreamMembers.CheckLength(sequenceNumber, "SequenceNumber", SequenceNumberLengthMin, SequenceNumberLengthMax, errors);
        errors.ThrowIfAny();
        if (!sequenceNumber.IsPresent && name is "AT_SEQUENCE_NUMBER" or "AFTER_SEQUENCE_NUMBER")
        {
            // The rule is AWS's, the wording ours.
            throw DynamoDbException.Validation($"SequenceNumber must be specified when ShardIteratorType is {name}");
        }
    }

    private sealed record Request(string Arn, string ShardId, string Type, string? SequenceNumber);
}
