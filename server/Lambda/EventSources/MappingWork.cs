using Storage.Server.Contracts;

namespace Storage.Server.Lambda.EventSources;

/// <summary>What the workers of one mapping share.</summary>
internal sealed class MappingWork(
    string uuid,
    MappingTable table,
    IStreamSource streams,
    IFunctionInvoker invoker,
    LambdaOptions options,
    TimeProvider time,
    TextWriter errors) : IDisposable
{
    internal const string Succeeded = "OK";
    internal const string CallFailed = "PROBLEM: Function call failed";
    internal const string CallThrottled = "PROBLEM: Function call throttled"; // our words
    internal const string FunctionMissing = "PROBLEM: Function not found"; // our words
    internal const string StreamMissing = "PROBLEM: Stream not found"; // our words
    internal const string Internal = "PROBLEM: Internal error"; // our words

    private readonly SemaphoreSlim resultTurn = new(1);
    private string? lastResult;
    private volatile MappingPlan? plan;

    internal string Uuid => uuid;

    internal MappingTable Table => table;

    internal IStreamSource Streams => streams;

    internal IFunctionInvoker Invoker => invoker;

    internal LambdaOptions Options => options;

    internal TimeProvider Time => time;

    internal MappingPlan Plan => plan ?? throw new InvalidOperationException("A worker runs before its mapping was read.");

    internal void Follow(EventSourceMapping mapping)
    {
        var old = plan;
        plan = new MappingPlan(mapping);
        old?.Replace();
    }

    /// <summary>Notes LastProcessingResult; only a new one costs a write.</summary>
    internal async ValueTask SetResultAsync(string result, CancellationToken cancellation)
    {
        if (Volatile.Read(ref lastResult) == result)
        {
            return;
        }

        await resultTurn.WaitAsync(cancellation);
        try
        {
            if (lastResult != result)
            {
                await table.PutResultAsync(uuid, result, cancellation);
                Volatile.Write(ref lastResult, result);
            }
        }
        finally
        {
            resultTurn.Release();
        }
    }

    internal Task ReportAsync(string line) => errors.WriteLineAsync($"Event source mapping {uuid}: {line}");

    /// <summary>The wait before a retry: doubles from one to the next.</summary>
    internal TimeSpan BackoffAfter(int failures) =>
        Backoff.After(failures - 1, options.StreamBackoffMin, options.StreamBackoffMax);

    /// <summary>Waits before a retry, or until the mapping is updated: the new function may be the remedy.</summary>
    internal async Task PauseAsync(TimeSpan pause, CancellationToken stopping)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(Task.Delay(pause, time, waiting.Token), Plan.Replaced);
        await waiting.CancelAsync();
        stopping.ThrowIfCancellationRequested();
    }

    public void Dispose() => resultTurn.Dispose();
}
