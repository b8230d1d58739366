using System.IO.Hashing;
using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Server.Lambda.EventSources;

/// <summary>The streams of the store's tables.</summary>
internal sealed class StoreStreamSource(StoreStreams streams) : IStreamSource
{
    public async ValueTask<IReadOnlyList<string>?> FindAsync(string arn, CancellationToken cancellation) =>
        (await streams.FindAsync(arn, cancellation))?.ShardIds;

    public ValueTask<ChangePosition> ResolveAsync(string arn, StreamStart start, CancellationToken cancellation) =>
        streams.ResolveAsync(arn, start, cancellation);

    public async ValueTask<SourcePage> ReadAsync(
        string arn, string shardId, ChangePosition after, int recordsMax, int bytesMax, CancellationToken cancellation)
    {
        StreamRecordPage page;
        try
        {
            page = await streams.ReadAsync(arn, shardId, after, recordsMax, bytesMax, cancellation);
        }
        catch (DynamoDbException trimmed) when (trimmed.ErrorType == "TrimmedDataAccessException")
        {
            // What was trimmed is over for streams and for their functions alike. The horizon moves on; should it do so
            // before the next line, the caller's retry comes here again.
            var horizon = await streams.ResolveAsync(arn, StreamStart.TrimHorizon, cancellation);
            page = await streams.ReadAsync(arn, shardId, horizon, recordsMax, bytesMax, cancellation);
        }

        var records = new List<SourceRecord>(page.Records.Count);
        foreach (var record in page.Records)
        {
            records.Add(new SourceRecord(
                record.Position, record.Time, XxHash3.HashToUInt64(record.PartitionKey.Span), record.WriteJson));
        }

        return new SourcePage(records, page.Next, page.IsAtEnd, page.IsClosed);
    }

    public ValueTask WaitAsync(string arn, ChangePosition after, CancellationToken cancellation) =>
        streams.WaitAsync(arn, after, cancellation);
}
