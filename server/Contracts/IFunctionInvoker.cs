using Storage.Server.Aws;

namespace Storage.Server.Contracts;

/// <summary>How a function is called.</summary>
internal enum InvocationType
{
    /// <summary>Waits for the answer.</summary>
    RequestResponse,

    /// <summary>Queued durably; answered 202 once it is.</summary>
    Event,

    /// <summary>Checks that the call would be allowed; answered 204.</summary>
    DryRun,
}

/// <summary>One call of a function.</summary>
/// <param name="Function">Name, partial ARN or ARN; an ARN may end in a qualifier.</param>
/// <param name="Payload">JSON.</param>
/// <param name="Type">How.</param>
internal sealed record FunctionCall(string Function, ReadOnlyMemory<byte> Payload, InvocationType Type)
{
    /// <summary>Version or alias; null means $LATEST, or what the ARN says.</summary>
    internal string? Qualifier { get; init; }

    /// <summary>Base64 JSON of X-Amz-Client-Context.</summary>
    internal string? ClientContext { get; init; }

    /// <summary>Whether <see cref="FunctionAnswer.LogTail"/> is wanted.</summary>
    internal bool WantsLogTail { get; init; }

    internal string? TraceId { get; init; }
}

/// <summary>What came of a call: a refusal, or a status with what the function gave.</summary>
internal sealed record FunctionAnswer
{
    /// <summary>Why it was not run: not found, throttled, a wrong request. Nothing else is set then.</summary>
    internal AwsFault? Refusal { get; init; }

    /// <summary>200, 202 or 204.</summary>
    internal int Status { get; init; }

    /// <summary>Null, or <c>Unhandled</c> when the function failed and <see cref="Payload"/> is its error.</summary>
    internal string? FunctionError { get; init; }

    internal ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>E.g. <c>$LATEST</c> or <c>3</c>.</summary>
    internal string? ExecutedVersion { get; init; }

    /// <summary>The last 4 KB of the call's log.</summary>
    internal ReadOnlyMemory<byte>? LogTail { get; init; }

    internal string RequestId { get; init; } = string.Empty;
}

/// <summary>Calls functions, for whatever layer has a reason to. At most as many at once as the account may.</summary>
internal interface IFunctionInvoker
{
    ValueTask<FunctionAnswer> InvokeAsync(FunctionCall call, CancellationToken cancellation);
}
