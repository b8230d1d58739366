using System.Text.Json.Nodes;

namespace Storage.Server.Aws;

/// <summary>An error as a client reads it.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">AWS's name of the error, e.g. <c>ResourceNotFoundException</c>.</param>
/// <param name="Message">AWS's words.</param>
/// <param name="Members">Further members of the error's shape, e.g. Reason and Type of TooManyRequestsException.</param>
internal sealed record AwsFault(int Status, string Code, string Message, JsonObject? Members = null)
{
    /// <summary>Seconds of a Retry-After header, or null without one.</summary>
    internal int? RetryAfterSeconds { get; init; }
}

/// <summary>Ends an operation with an error for its client.</summary>
internal sealed class AwsException(AwsFault fault) : Exception(fault.Message)
{
    internal AwsException(int status, string code, string message)
        : this(new AwsFault(status, code, message))
    {
    }

    internal AwsFault Fault { get; } = fault;
}
