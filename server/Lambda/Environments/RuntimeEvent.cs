namespace Storage.Server.Lambda.Environments;

/// <summary>What a runtime gets from <c>GET /runtime/invocation/next</c>: the payload as its body, the rest as headers.</summary>
internal sealed record RuntimeEvent(
    string RequestId, DateTimeOffset Deadline, string InvokedArn, string TraceId, string? ClientContext, ReadOnlyMemory<byte> Payload);

/// <summary>How a runtime answered an event.</summary>
internal enum RuntimeAnswerKind
{
    Response,

    /// <summary>The function failed; the body says how.</summary>
    Error,

    /// <summary>The response was over the limit and has been thrown away.</summary>
    ResponseTooLarge,
}

/// <summary>A runtime's answer to an event.</summary>
internal sealed record RuntimeAnswer(RuntimeAnswerKind Kind, ReadOnlyMemory<byte> Body);
