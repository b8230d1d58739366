namespace Storage.Server.Lambda;

/// <summary>One event for one environment.</summary>
/// <param name="RequestId">A UUID; the same at every retry of an asynchronous call.</param>
/// <param name="Function">What to run.</param>
/// <param name="Payload">JSON.</param>
internal sealed record Execution(string RequestId, ResolvedFunction Function, ReadOnlyMemory<byte> Payload)
{
    internal string? ClientContext { get; init; }

    internal string? TraceId { get; init; }
}

/// <summary>What an environment gave.</summary>
/// <param name="FunctionError">Null, or <c>Unhandled</c>.</param>
/// <param name="Payload">The function's answer, or its error.</param>
/// <param name="LogTail">The last 4 KB of the call's log.</param>
internal sealed record ExecutionResult(string? FunctionError, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> LogTail);

/// <summary>Runs functions in environments: processes that take one event at a time.</summary>
internal interface IExecutor : IAsyncDisposable
{
    /// <summary>Runs an event in an idle environment of the version, or in a new one. The caller holds a concurrency lease.</summary>
    ValueTask<ExecutionResult> RunAsync(Execution execution, CancellationToken cancellation);

    /// <summary>Ends the environments of a function that changed: idle ones now, busy ones after their call.</summary>
    void Drain(string functionName);
}
