using System.Collections.Immutable;
using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Server.Lambda.EventSources;

/// <summary>State of a mapping. Source: Lambda API reference, EventSourceMappingConfiguration.</summary>
internal enum MappingState
{
    Creating,
    Enabling,
    Enabled,
    Updating,
    Disabling,
    Disabled,
    Deleting,
}

/// <summary>What joins a table's stream to a function, and how. Defaults are AWS's for streams.</summary>
internal sealed record EventSourceMapping
{
    /// <summary>"-1 sets the maximum to infinite", for retries and for the record age.</summary>
    internal const int Unlimited = -1;

    internal required string Uuid { get; init; }

    /// <summary>ARN of the stream.</summary>
    internal required string EventSourceArn { get; init; }

    /// <summary>With the qualifier that was asked for, if any.</summary>
    internal required string FunctionArn { get; init; }

    internal required StreamStart StartingPosition { get; init; }

    internal int BatchSize { get; init; } = 100;

    internal int BatchingWindowSeconds { get; init; }

    internal int ParallelizationFactor { get; init; } = 1;

    internal int RecordAgeMaxSeconds { get; init; } = Unlimited;

    internal int RetryAttemptsMax { get; init; } = Unlimited;

    internal bool BisectsOnFunctionError { get; init; }

    /// <summary>ReportBatchItemFailures: the function says which records failed.</summary>
    internal bool ReportsItemFailures { get; init; }

    /// <summary>Patterns, any of which lets a record through; empty lets all.</summary>
    internal ImmutableArray<string> Filters { get; init; } = [];

    internal ImmutableSortedDictionary<string, string> Tags { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    internal required MappingState State { get; init; }

    /// <summary>What the user wants; <see cref="State"/> follows.</summary>
    internal required bool IsEnabled { get; init; }

    internal required DateTimeOffset LastModified { get; init; }

    /// <summary>
    /// <see cref="StartingPosition"/> as a position, fixed when the mapping is enabled for the first time: every shard
    /// without a checkpoint begins behind it.
    /// </summary>
    internal ChangePosition? Start { get; init; }

    /// <summary>Counts the writes of the item: a writer that did not see the last one is refused.</summary>
    internal long Revision { get; init; }
}
