using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.EventSources;

/// <summary>What both creating and updating a mapping may say; null leaves a setting as it is.</summary>
internal sealed record MappingSettings
{
    private const string ItemFailures = "ReportBatchItemFailures";

    /// <summary>Members for other event sources, and what is not built.</summary>
    private static readonly ImmutableArray<string> Unsupported =
    [
        "Topics", "Queues", "SourceAccessConfigurations", "SelfManagedEventSource", "AmazonManagedKafkaEventSourceConfig",
        "SelfManagedKafkaEventSourceConfig", "ScalingConfig", "DocumentDBEventSourceConfig", "KMSKeyArn", "MetricsConfig",
        "LoggingConfig", "ProvisionedPollerConfig", "StartingPositionTimestamp",
    ];

    internal bool? IsEnabled { get; init; }

    internal int? BatchSize { get; init; }

    internal int? BatchingWindowSeconds { get; init; }

    internal int? ParallelizationFactor { get; init; }

    internal int? RecordAgeMaxSeconds { get; init; }

    internal int? RetryAttemptsMax { get; init; }

    internal bool? BisectsOnFunctionError { get; init; }

    internal bool? ReportsItemFailures { get; init; }

    internal ImmutableArray<string>? Filters { get; init; }

    /// <summary>Not built: refused when it is not zero.</summary>
    private int? TumblingWindowSeconds { get; init; }

    /// <summary>Reads what the model constrains; <see cref="ThrowIfRefused"/> checks the rest.</summary>
    internal static MappingSettings Read(MappingMembers members) => new()
    {
        IsEnabled = members.Flag("Enabled"),
        BatchSize = members.Number("BatchSize", 1, 10_000),
        BatchingWindowSeconds = members.Number("MaximumBatchingWindowInSeconds", 0, 300),
        ParallelizationFactor = members.Number("ParallelizationFactor", 1, 10),
        RecordAgeMaxSeconds = members.Number("MaximumRecordAgeInSeconds", -1, 604_800),
        RetryAttemptsMax = members.Number("MaximumRetryAttempts", -1, 10_000),
        TumblingWindowSeconds = members.Number("TumblingWindowInSeconds", 0, 900),
        BisectsOnFunctionError = members.Flag("BisectBatchOnFunctionError"),
        ReportsItemFailures = ReadResponseTypes(members),
        Filters = ReadFilters(members),
    };

    /// <exception cref="AwsException">InvalidParameterValueException: a wrong value, a wrong filter, what is not built.</exception>
    internal void ThrowIfRefused(MappingMembers members)
    {
        foreach (var name in Unsupported)
        {
            if (members.Holds(name))
            {
                throw MappingErrors.Unsupported(name);
            }
        }

        if (TumblingWindowSeconds > 0)
        {
            throw MappingErrors.Unsupported("TumblingWindowInSeconds");
        }

        foreach (var name in new[] { "OnSuccess", "OnFailure" })
        {
            if (members.Object("DestinationConfig")?[name] is { } target && new MappingMembers(AsObject(name, target)).Holds("Destination"))
            {
                throw MappingErrors.Unsupported($"DestinationConfig.{name}.Destination");
            }
        }

        if (RecordAgeMaxSeconds is >= 0 and < 60)
        {
            throw MappingErrors.RecordAge();
        }

        if (Filters is { } filters)
        {
            if (filters.Length > EventFilter.PatternsMax)
            {
                throw MappingErrors.TooManyFilters();
            }

            _ = EventFilter.Of(filters);
        }
    }

    internal EventSourceMapping ApplyTo(EventSourceMapping mapping) => mapping with
    {
        IsEnabled = IsEnabled ?? mapping.IsEnabled,
        BatchSize = BatchSize ?? mapping.BatchSize,
        BatchingWindowSeconds = BatchingWindowSeconds ?? mapping.BatchingWindowSeconds,
        ParallelizationFactor = ParallelizationFactor ?? mapping.ParallelizationFactor,
        RecordAgeMaxSeconds = RecordAgeMaxSeconds ?? mapping.RecordAgeMaxSeconds,
        RetryAttemptsMax = RetryAttemptsMax ?? mapping.RetryAttemptsMax,
        BisectsOnFunctionError = BisectsOnFunctionError ?? mapping.BisectsOnFunctionError,
        ReportsItemFailures = ReportsItemFailures ?? mapping.ReportsItemFailures,
        Filters = Filters ?? mapping.Filters,
    };

    private static bool? ReadResponseTypes(MappingMembers members)
    {
        const string name = "FunctionResponseTypes";
        if (members.List(name) is not { } types)
        {
            return null;
        }

        members.Require(types.Count <= 1, name, types.ToJsonString(), "Member must have length less than or equal to 1");
        foreach (var type in types)
        {
            var text = TextOf(name, type);
            members.Require(
                text == ItemFailures,
                name,
                $"[{text}]",
                $"Member must satisfy constraint: [Member must satisfy enum value set: [{ItemFailures}]]");
        }

        return types.Count > 0;
    }

    private static ImmutableArray<string>? ReadFilters(MappingMembers members)
    {
        if (members.Object("FilterCriteria") is not { } criteria)
        {
            return null;
        }

        var patterns = ImmutableArray.CreateBuilder<string>();
        foreach (var filter in new MappingMembers(criteria).List("Filters") ?? [])
        {
            // A filter without a pattern is an empty text, which no parser takes.
            var pattern = AsObject("Filters", filter)["Pattern"] is { } text ? TextOf("Pattern", text) : string.Empty;
            members.Require(
                pattern.Length <= EventFilter.PatternCharactersMax,
                $"FilterCriteria.filters.{patterns.Count + 1}.member.pattern",
                pattern,
                $"Member must have length less than or equal to {EventFilter.PatternCharactersMax}");
            patterns.Add(pattern);
        }

        return patterns.ToImmutable();
    }

    private static JsonObject AsObject(string name, JsonNode? node) => node as JsonObject ?? throw MappingMembers.WrongType(name);

    private static string TextOf(string name, JsonNode? node) => node?.GetValueKind() == JsonValueKind.String
        ? node.GetValue<string>()
        : throw MappingMembers.WrongType(name);
}
