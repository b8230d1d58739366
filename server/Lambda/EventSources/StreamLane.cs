using Storage.Engine.Model;
using Storage.Server.Contracts;

namespace Storage.Server.Lambda.EventSources;

/// <summary>
/// One lane of a shard: sends its batches one after another, so that records of a key come in order. What fails is sent
/// again, in its place, and holds this lane only. Before the next batch is sent, the checkpoint of the last is durable.
/// </summary>
internal sealed class StreamLane(MappingWork work, ShardProgress progress, int lane)
{
    /// <summary>How long a stream keeps its records.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    private int troubles;

    /// <param name="stopping">Ends the lane before its next call.</param>
    /// <param name="abandoning">Ends a call under way; its records come again.</param>
    internal async Task RunAsync(CancellationToken stopping, CancellationToken abandoning)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (await RunUntilClosedAsync(stopping, abandoning))
                {
                    break;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested || abandoning.IsCancellationRequested)
            {
                break;
            }
            catch (Exception trouble)
            {
                if (!await RecoverAsync(trouble, stopping))
                {
                    break;
                }
            }
        }
    }

    /// <summary>Sends batches; true when the shard has no more and never will.</summary>
    private async Task<bool> RunUntilClosedAsync(CancellationToken stopping, CancellationToken abandoning)
    {
        await progress.SaveAsync(); // What a trouble may have kept from being saved comes before further calls.
        using var reader = new LaneReader(work, progress, lane);
        while (await reader.NextAsync(stopping) is { } batch)
        {
            await DeliverAsync(batch, stopping, abandoning);
            troubles = 0;
        }

        return true;
    }

    /// <summary>Sends a batch until all its records are done: delivered or, after what the mapping allows, discarded.</summary>
    private async Task DeliverAsync(StreamBatch batch, CancellationToken stopping, CancellationToken abandoning)
    {
        var parts = new Stack<BatchPart>();
        parts.Push(new BatchPart(0, batch.Records.Count, 0));
        var refusals = 0;
        while (parts.TryPop(out var popped))
        {
            var part = await DiscardExpiredAsync(batch, popped);
            if (part.Count == 0)
            {
                await AdvanceAsync(batch.PositionBefore(part.End));
                continue;
            }

            stopping.ThrowIfCancellationRequested();
            var mapping = work.Plan.Mapping;
            var call = await CallAsync(mapping, batch, part, abandoning);
            if (call.IsRefused)
            {
                parts.Push(part);
                await work.PauseAsync(work.BackoffAfter(++refusals), stopping);
                continue;
            }

            refusals = 0;
            if (call.FirstFailure > part.Start)
            {
                await AdvanceAsync(batch.PositionBefore(call.FirstFailure));
            }

            if (call.FirstFailure == part.End)
            {
                await work.SetResultAsync(MappingWork.Succeeded, CancellationToken.None);
                continue;
            }

            // A server that ends takes its functions along: such a failure uses up no attempt and discards nothing.
            stopping.ThrowIfCancellationRequested();
            await work.SetResultAsync(MappingWork.CallFailed, CancellationToken.None);
            if (PushRest(mapping, parts, part, call.FirstFailure) is { } failures)
            {
                await work.PauseAsync(work.BackoffAfter(failures), stopping);
            }
            else
            {
                await ReportDiscardedAsync(batch, part with { Start = call.FirstFailure }, "RetryAttemptsExhausted");
                await AdvanceAsync(batch.PositionBefore(part.End));
            }
        }
    }

    /// <summary>
    /// Puts what to send again of a part whose records from an index on failed: halves, first one first, when the mapping
    /// bisects and there is no other progress; else all of it. Gives the failures that tell the backoff; null when the
    /// attempts are used up and nothing is sent again.
    /// </summary>
    private static int? PushRest(EventSourceMapping mapping, Stack<BatchPart> parts, BatchPart part, int firstFailure)
    {
        var isProgress = firstFailure > part.Start;
        if (mapping.BisectsOnFunctionError && !isProgress && part.Count > 1)
        {
            var middle = part.Start + (part.Count / 2);
            parts.Push(part with { Start = middle });
            parts.Push(part with { End = middle });
            return part.Failures + 1;
        }

        // After progress, what is left counts as sent once; where the mapping bisects that was a split, and counts as none.
        var failures = !isProgress ? part.Failures + 1 : mapping.BisectsOnFunctionError ? part.Failures : 1;
        if (mapping.RetryAttemptsMax != EventSourceMapping.Unlimited && failures > mapping.RetryAttemptsMax)
        {
            return null;
        }

        parts.Push(new BatchPart(firstFailure, part.End, failures));
        return Math.Max(failures, 1);
    }

    private async ValueTask<CallOutcome> CallAsync(
        EventSourceMapping mapping, StreamBatch batch, BatchPart part, CancellationToken abandoning)
    {
        FunctionAnswer answer;
        try
        {
            answer = await work.Invoker.InvokeAsync(
                new FunctionCall(mapping.FunctionArn, batch.PayloadOf(part), InvocationType.RequestResponse), abandoning);
        }
        catch (Exception trouble) when (!abandoning.IsCancellationRequested)
        {
            await work.ReportAsync($"a call failed within the service: {trouble.GetType()}");
            await work.SetResultAsync(MappingWork.Internal, CancellationToken.None);
            return CallOutcome.Refused;
        }

        switch (answer.Refusal?.Status)
        {
            case 404:
                await work.SetResultAsync(MappingWork.FunctionMissing, CancellationToken.None);
                return CallOutcome.Refused;
            case 429:
                await work.SetResultAsync(MappingWork.CallThrottled, CancellationToken.None);
                return CallOutcome.Refused;
            case 409 or >= 500:
                // The function is about to change, or the service has a trouble; neither is the records' fault.
                await work.SetResultAsync(MappingWork.CallFailed, CancellationToken.None);
                return CallOutcome.Refused;
            default:
                break;
        }

        if (answer.Refusal is not null || answer.FunctionError is not null)
        {
            return new CallOutcome(part.Start);
        }

        return new CallOutcome(
            mapping.ReportsItemFailures ? BatchResponse.FirstFailure(answer.Payload, batch, part) : part.End);
    }

    /// <summary>Leaves out the records at a part's start that are too old to be sent.</summary>
    private async ValueTask<BatchPart> DiscardExpiredAsync(StreamBatch batch, BatchPart part)
    {
        var ageMax = work.Plan.Mapping.RecordAgeMaxSeconds;
        var limit = ageMax == EventSourceMapping.Unlimited || ageMax > Retention.TotalSeconds
            ? Retention
            : TimeSpan.FromSeconds(ageMax);
        var oldest = work.Time.GetUtcNow() - limit;
        var start = part.Start;
        while (start < part.End && batch.Records[start].Time < oldest)
        {
            start++;
        }

        if (start == part.Start)
        {
            return part;
        }

        await ReportDiscardedAsync(batch, part with { End = start }, "RecordAgeExceeded");
        if (start < part.End)
        {
            await AdvanceAsync(batch.PositionBefore(start));
        }

        return part with { Start = start };
    }

    private Task ReportDiscardedAsync(StreamBatch batch, BatchPart part, string condition) => work.ReportAsync(
        $"{condition}: discarded {part.Count} records of {progress.ShardId}, "
        + $"{batch.Records[part.Start].Position} to {batch.Records[part.End - 1].Position}");

    /// <summary>Notes records as done; completes when that is durable.</summary>
    private Task AdvanceAsync(ChangePosition position)
    {
        progress.Advance(lane, position);
        return progress.SaveAsync();
    }

    /// <summary>Says what went wrong beside the function, and waits before the lane reads again; false when it shall not.</summary>
    private async Task<bool> RecoverAsync(Exception trouble, CancellationToken stopping)
    {
        try
        {
            var isGone = trouble is DynamoDbException { ErrorType: "ResourceNotFoundException" };
            await work.ReportAsync($"{progress.ShardId}: {(isGone ? "the stream is gone" : $"{trouble.GetType()}: {trouble.Message}")}");
            try
            {
                await work.SetResultAsync(isGone ? MappingWork.StreamMissing : MappingWork.Internal, stopping);
            }
            catch (Exception) when (!stopping.IsCancellationRequested)
            {
                // The store itself is the trouble; the line above has said so.
            }

            if (isGone)
            {
                return false;
            }

            await work.PauseAsync(work.BackoffAfter(++troubles), stopping);
            return true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <param name="FirstFailure">Index of the first record that failed; the end of the part when none did.</param>
    private readonly record struct CallOutcome(int FirstFailure)
    {
        /// <summary>The function was not run: that uses up no attempt.</summary>
        internal static CallOutcome Refused => new(-1);

        internal bool IsRefused => FirstFailure < 0;
    }
}
