namespace Storage.Server.Lambda;

/// <summary>Limits of the Lambda layer; the defaults are AWS's.</summary>
internal sealed record LambdaOptions
{
    /// <summary>Calls at once, all functions together.</summary>
    internal int AccountConcurrency { get; init; } = 1000;

    /// <summary>What reservations must leave to functions without one.</summary>
    internal int UnreservedConcurrencyMin { get; init; } = 100;

    /// <summary>Whether a runtime's own interpreter must be installed; else the nearest runs it, with a warning.</summary>
    internal bool StrictRuntimes { get; init; }

    /// <summary>How long an environment stays without a call.</summary>
    internal TimeSpan EnvironmentIdleLife { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Waits before the first and the second retry of an asynchronous call whose function failed.</summary>
    internal IReadOnlyList<TimeSpan> AsyncRetryDelays { get; init; } = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2)];

    /// <summary>Waits after a throttled asynchronous call: the first, doubling up to the second.</summary>
    internal TimeSpan AsyncBackoffMin { get; init; } = TimeSpan.FromSeconds(1);

    internal TimeSpan AsyncBackoffMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long an asynchronous call is tried.</summary>
    internal TimeSpan AsyncEventAgeMax { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Waits after a failed batch of a stream: the first, doubling up to the second.</summary>
    internal TimeSpan StreamBackoffMin { get; init; } = TimeSpan.FromSeconds(1);

    internal TimeSpan StreamBackoffMax { get; init; } = TimeSpan.FromMinutes(1);

    internal long CodeZippedBytesMax { get; init; } = 52_428_800;

    internal long CodeUnzippedBytesMax { get; init; } = 262_144_000;

    internal long RequestBytesMax { get; init; } = 70_167_211;

    /// <summary>Payload of a synchronous call.</summary>
    internal int InvokePayloadBytesMax { get; init; } = 6_291_556;

    /// <summary>Payload of an asynchronous call.</summary>
    internal int EventPayloadBytesMax { get; init; } = 1_048_576;

    internal int ResponseBytesMax { get; init; } = 6_291_556;
}
