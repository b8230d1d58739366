using Storage.Server.Contracts;

namespace Storage.Server.Lambda.Environments;

/// <summary>What an <see cref="Executor"/> works with.</summary>
internal sealed record ExecutorSettings
{
    internal required LambdaOptions Options { get; init; }

    /// <summary>Bytes of a function's zip by <see cref="FunctionVersion.CodeBlob"/>.</summary>
    internal required Func<string, CancellationToken, ValueTask<byte[]>> ReadCode { get; init; }

    internal required ILogWriter Logs { get; init; }

    internal required ISessionIssuer Sessions { get; init; }

    internal TimeProvider Time { get; init; } = TimeProvider.System;

    internal required string Region { get; init; }

    /// <summary>
    /// A directory for unpacked code and environments, one executor's alone: what it finds below it, processes included,
    /// is taken for what an executor that was killed has left.
    /// </summary>
    internal required string Root { get; init; }

    /// <summary>Where functions reach this server: AWS_ENDPOINT_URL.</summary>
    internal required Func<Uri> Endpoint { get; init; }

    /// <summary>What an operator should know: once each.</summary>
    internal required TextWriter Warnings { get; init; }

    /// <summary>Null for the best this machine allows.</summary>
    internal MemoryMeans? Memory { get; init; }
}
