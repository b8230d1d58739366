using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>GetRecords: at most 1000 records and 1 MB of a shard. No NextShardIterator once a closed shard is read.</summary>
internal sealed class GetRecords(Database database, TableStreams streams, ShardReader shards) : IOperation
{
    private const int LimitMax = 1000;

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var (iterator, limit) = Read(body);
        var now = database.Time.GetUtcNow();
        if (!iterator.IsValidAt(now))
        {
            throw DynamoDbException.ExpiredIterator();
        }

        var stream = await streams.FindRequestedAsync(iterator.Arn, cancellation).ConfigureAwait(false);
        if (!stream.HasPartition(iterator.PartitionId))
        {
            throw InvalidIterator();
        }

        var page = await shards
            .ReadAsync(stream, iterator.PartitionId, iterator.After, limit, Limits.PageBytesMax, cancellation)
            .ConfigureAwait(false);
        response.WriteStartObject();
        response.WriteStartArray("Records"u8);
        foreach (var entry in page.Entries)
        {
            StreamRecordWriter.WriteRecord(response, entry, database.Region);
        }

        response.WriteEndArray();
        if (!page.IsClosed)
        {
            var next = iterator with { After = page.Next, IssuedMillis = now.ToUnixTimeMilliseconds() };
            response.WriteString("NextShardIterator"u8, next.ToString());
        }

        response.WriteEndObject();
        return IOperation.Ok;
    }

    private static DynamoDbException InvalidIterator() => DynamoDbException.Validation("Invalid ShardIterator");

    private static (ShardIterator Iterator, int Limit) Read(in ReadOnlySequence<byte> body)
    {
        var iterator = new RequestText();
        long? limit = null;
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("ShardIterator"u8))
            {
                iterator.Read(ref reader);
            }
            else if (reader.ValueTextEquals("Limit"u8))
            {
                limit = RequestJson.ReadInteger(ref reader);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        RequestJson.Close(ref reader);
        if (!iterator.IsPresent)
        {
            throw RequestJson.Missing("ShardIterator");
        }

        var errors = new ConstraintErrors();
        StreamMembers.CheckLength(iterator, "ShardIterator", 1, ShardIterator.LengthMax, errors);
        StreamMembers.CheckLimit(limit, LimitMax, errors);
        errors.ThrowIfAny();
        return (ShardIterator.Read(iterator.ToString()) ?? throw InvalidIterator(), (int)(limit ?? LimitMax));
    }
}
