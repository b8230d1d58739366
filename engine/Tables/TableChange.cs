using Storage.Engine.Model;

namespace Storage.Engine.Tables;

/// <summary>What UpdateTable asks for; null leaves as is. At most one of the index members is set.</summary>
internal sealed record TableChange
{
    internal BillingMode? BillingMode { get; init; }

    internal ProvisionedThroughput? Throughput { get; init; }

    internal bool? DeletionProtection { get; init; }

    /// <summary>True sets <see cref="Stream"/>, which may be null to switch the stream off.</summary>
    internal bool ChangesStream { get; init; }

    internal StreamViewType? Stream { get; init; }

    internal IndexDefinition? AddIndex { get; init; }

    internal string? RemoveIndex { get; init; }

    /// <summary>Global index throughput by name.</summary>
    internal IReadOnlyList<(string Name, ProvisionedThroughput Throughput)> IndexThroughput { get; init; } = [];
}
