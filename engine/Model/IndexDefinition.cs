using System.Collections.Immutable;

namespace Storage.Engine.Model;

/// <summary>Which attributes an index holds.</summary>
public enum ProjectionType
{
    /// <summary>ALL.</summary>
    All,

    /// <summary>KEYS_ONLY: the index's and the table's key attributes.</summary>
    KeysOnly,

    /// <summary>INCLUDE: the keys and the named attributes.</summary>
    Include,
}

/// <summary>Where an index is in its life.</summary>
public enum IndexStatus
{
    /// <summary>CREATING: writers maintain it, items from before are still being added; it cannot be queried.</summary>
    Creating,

    /// <summary>ACTIVE.</summary>
    Active,
}

/// <summary>A local or global secondary index.</summary>
public sealed record IndexDefinition
{
    /// <summary>3 to 255 characters of <c>[a-zA-Z0-9_.-]</c>, unique in its table.</summary>
    public required string Name { get; init; }

    /// <summary>True for a local index: it shares the table's partition key.</summary>
    public bool IsLocal { get; init; }

    /// <summary>The index key; items that lack one of its attributes are not in the index.</summary>
    public required KeySchema Key { get; init; }

    /// <summary>Default: ALL.</summary>
    public ProjectionType Projection { get; init; } = ProjectionType.All;

    /// <summary>Attributes of an INCLUDE projection.</summary>
    public ImmutableArray<string> NonKeyAttributes { get; init; } = [];

    /// <summary>Capacity of a global index when provisioned.</summary>
    public ProvisionedThroughput Throughput { get; init; } = new(0, 0);
}
