using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Storage.Engine.Model;

namespace Storage.Server.Lambda.EventSources;

/// <summary>
/// Reads one lane of a shard: the records whose keys are the lane's, as batches. Every lane reads for itself, so that one
/// that stands still holds no memory and no other lane. It keeps one page and one batch at most.
/// </summary>
internal sealed class LaneReader(MappingWork work, ShardProgress progress, int lane) : IDisposable
{
    private const int PageRecordsMax = 1000;
    private const int PageBytesMax = 1024 * 1024;

    private readonly ArrayBufferWriter<byte> json = new();
    private readonly Utf8JsonWriter jsonWriter =
        new(Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private SourcePage? page;
    private int taken;
    private ChangePosition through = progress.PositionOf(lane);

    /// <summary>
    /// The next batch: full, or as large as may be when the window has passed. A batch without records says that those read
    /// were filtered out. Null when the shard has ended.
    /// </summary>
    internal async ValueTask<StreamBatch?> NextAsync(CancellationToken stopping)
    {
        var batch = new List<BatchRecord>();
        long bytes = StreamBatch.EmptyBytes;
        long? started = null;
        while (true)
        {
            stopping.ThrowIfCancellationRequested();
            var isFiltered = false;
            if (Take(batch, ref bytes, ref isFiltered))
            {
                return new StreamBatch(batch, through);
            }

            if (batch.Count == 0)
            {
                if (isFiltered)
                {
                    return new StreamBatch(batch, through);
                }

                // Nothing of what was read was the lane's.
                progress.Advance(lane, through);
            }
            else
            {
                started ??= work.Time.GetTimestamp();
            }

            var isWaiting = page is { IsAtEnd: true } or { IsClosed: true };
            if (isWaiting && batch.Count > 0 && (page!.IsClosed || Remaining(started!.Value) == TimeSpan.Zero))
            {
                return new StreamBatch(batch, through);
            }

            if (page is { IsClosed: true })
            {
                return null;
            }

            if (isWaiting)
            {
                await WaitAsync(started, stopping);
            }

            // Keeps the old page when it throws.
            page = await work.Streams.ReadAsync(
                work.Plan.Mapping.EventSourceArn, progress.ShardId, through, PageRecordsMax, PageBytesMax, stopping);
            taken = 0;
        }
    }

    public void Dispose() => jsonWriter.Dispose();

    /// <summary>Moves what the page still has into the batch; true when the batch is full.</summary>
    private bool Take(List<BatchRecord> batch, ref long bytes, ref bool isFiltered)
    {
        var plan = work.Plan;
        var bytesMax = Math.Min(StreamBatch.PayloadBytesMax, work.Options.InvokePayloadBytesMax);
        while (page is not null && taken < page.Records.Count)
        {
            if (batch.Count >= plan.Mapping.BatchSize)
            {
                return true;
            }

            var record = page.Records[taken];
            if (record.Position > through && IsMine(record))
            {
                var text = WriteJson(record);
                if (!plan.Filter.Passes(text))
                {
                    isFiltered = true;
                }
                else if (batch.Count > 0 && bytes + 1 + text.Length > bytesMax)
                {
                    return true; // It begins the next batch.
                }
                else
                {
                    if (batch.Count == 0)
                    {
                        progress.Advance(lane, through); // All before the first record of a batch is done.
                    }

                    bytes += 1 + text.Length;
                    batch.Add(new BatchRecord(record.Position, record.Time, text.ToArray()));
                }
            }

            taken++;
            through = Later(through, record.Position);
        }

        if (page is not null)
        {
            through = Later(through, page.Next);
        }

        return batch.Count >= plan.Mapping.BatchSize;
    }

    private bool IsMine(SourceRecord record) =>
        (progress.Factor == 1 || ShardCheckpoint.LaneOf(record.KeyHash, progress.Factor) == lane) && !progress.IsDone(record);

    private ReadOnlyMemory<byte> WriteJson(SourceRecord record)
    {
        json.ResetWrittenCount();
        jsonWriter.Reset(json);
        record.WriteJson(jsonWriter);
        jsonWriter.Flush();
        return json.WrittenMemory;
    }

    /// <summary>Waits for more of the stream, but no longer than the batch's window, nor when the mapping is updated.</summary>
    private async ValueTask WaitAsync(long? started, CancellationToken stopping)
    {
        var plan = work.Plan;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var more = work.Streams.WaitAsync(plan.Mapping.EventSourceArn, through, waiting.Token).AsTask();
        if (started is { } first)
        {
            await Task.WhenAny(more, Task.Delay(Remaining(first), work.Time, waiting.Token), plan.Replaced);
        }
        else
        {
            await Task.WhenAny(more, plan.Replaced);
        }

        await waiting.CancelAsync();
        try
        {
            await more;
        }
        catch (OperationCanceledException)
        {
            stopping.ThrowIfCancellationRequested();
        }
    }

    private TimeSpan Remaining(long started)
    {
        var remaining = work.Plan.Window - work.Time.GetElapsedTime(started);
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }

    private static ChangePosition Later(ChangePosition left, ChangePosition right) => left > right ? left : right;
}
