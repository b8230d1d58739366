using System.Globalization;
using Storage.Server.Contracts;

namespace Storage.Server.Lambda.Invocation;

/// <summary>
/// One attempt of a queued event and what follows from it: the event is deleted, or moved to when it is tried again. The
/// attempt is counted in the table before it begins, the event leaves the table only after its result.
/// </summary>
internal sealed class EventRun(
    EventTable table,
    IFunctionCatalog catalog,
    IExecutor executor,
    ILogWriter logs,
    LambdaOptions options,
    TimeProvider time,
    TextWriter log)
{
    private const string ZeroReservedConcurrency = "ZeroReservedConcurrency";
    private const string EventAgeExceeded = "EventAgeExceeded";
    private const string RetriesExhausted = "RetriesExhausted";

    /// <summary>Makes the key of an event that moves, from its due time and request id.</summary>
    internal required Func<long, string, string> ToSortKey { get; init; }

    /// <summary>Told of an event that moved, once it is durable in its new place.</summary>
    internal required Action<QueuedEvent> Moved { get; init; }

    /// <summary>Why the event ends without another attempt, or null: then it needs a lease.</summary>
    internal string? ReasonToDrop(QueuedEvent queued, DateTimeOffset now)
    {
        if (catalog.ReservedConcurrency(queued.Function) == 0)
        {
            return ZeroReservedConcurrency;
        }

        return now.ToUnixTimeMilliseconds() >= queued.DeadlineMs ? EventAgeExceeded : null;
    }

    /// <summary>Runs the event.</summary>
    /// <param name="queued">An event that is due.</param>
    /// <param name="lease">Given back as soon as the function is done.</param>
    /// <param name="cancellation">The server stops.</param>
    internal async ValueTask RunAsync(QueuedEvent queued, ConcurrencyLease lease, CancellationToken cancellation)
    {
        var function = await catalog.FindAsync(queued.Function, queued.Qualifier, cancellation);
        if (function is null)
        {
            // Deleted, and its log is its owner's to keep or delete: no line there.
            await table.DeleteAsync(queued, cancellation);
            return;
        }

        QueuedEvent begun;
        ReadOnlyMemory<byte> payload;
        try
        {
            if (await table.BeginAttemptAsync(queued, cancellation) is not { } attempt)
            {
                return;
            }

            (begun, payload) = attempt;
        }
        catch (InvalidDataException damaged)
        {
            await log.WriteLineAsync($"Asynchronous call {queued.RequestId} of {queued.Function} has lost its payload: {damaged.Message}");
            await DropAsync(queued, "PayloadLost", cancellation);
            return;
        }

        ExecutionResult result;
        try
        {
            var execution = new Execution(begun.RequestId, function, payload) { TraceId = begun.TraceId };
            result = await executor.RunAsync(execution, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error)
        {
            await log.WriteLineAsync($"Asynchronous call {begun.RequestId} of {begun.Function} could not be run: {error.Message}");
            lease.Dispose();
            var wait = Backoff.After(begun.Failures, options.AsyncBackoffMin, options.AsyncBackoffMax);
            await MoveAsync(begun with { Attempts = begun.Attempts - 1, Failures = begun.Failures + 1 }, wait, cancellation);
            return;
        }

        lease.Dispose();
        if (result.FunctionError is null)
        {
            await table.DeleteAsync(begun, cancellation);
            return;
        }

        var config = await catalog.FindEventInvokeConfigAsync(begun.Function, begun.Qualifier, cancellation);
        if (begun.Attempts > (config?.MaximumRetryAttempts ?? options.AsyncRetryDelays.Count))
        {
            await DropAsync(begun, RetriesExhausted, cancellation);
            return;
        }

        await MoveAsync(begun, DelayAfter(begun.Attempts), cancellation);
    }

    private TimeSpan DelayAfter(int attempts)
    {
        var delays = options.AsyncRetryDelays;
        return delays.Count == 0 ? TimeSpan.Zero : delays[Math.Min(attempts, delays.Count) - 1];
    }

    /// <summary>Moves the event to after a wait, at most to its deadline: what is not run by then is dropped then.</summary>
    private async ValueTask MoveAsync(QueuedEvent queued, TimeSpan wait, CancellationToken cancellation)
    {
        var dueMs = Math.Min((time.GetUtcNow() + wait).ToUnixTimeMilliseconds(), queued.DeadlineMs);
        var moved = queued with { SortKey = ToSortKey(dueMs, queued.RequestId) };
        await table.MoveAsync(queued, moved, cancellation);
        Moved(moved);
    }

    /// <summary>Says so in the function's log, then deletes: a line too many is better than none.</summary>
    internal async ValueTask DropAsync(QueuedEvent queued, string condition, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var stream = now.ToString("yyyy'/'MM'/'dd", CultureInfo.InvariantCulture) + "/[asynchronous-events]";
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"RequestId: {queued.RequestId} Event dropped: {condition} after {queued.Attempts} attempts\n");
        await logs.AppendAsync("/aws/lambda/" + queued.Function, stream, [new LogLine(now, line)], cancellation);
        await table.DeleteAsync(queued, cancellation);
    }
}
