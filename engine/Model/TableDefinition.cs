using System.Collections.Immutable;

namespace Storage.Engine.Model;

/// <summary>How a table's capacity is paid for.</summary>
public enum BillingMode
{
    /// <summary>PROVISIONED.</summary>
    Provisioned,

    /// <summary>PAY_PER_REQUEST.</summary>
    PayPerRequest,
}

/// <summary>What a stream's records show of an item.</summary>
public enum StreamViewType
{
    /// <summary>KEYS_ONLY.</summary>
    KeysOnly,

    /// <summary>NEW_IMAGE.</summary>
    NewImage,

    /// <summary>OLD_IMAGE.</summary>
    OldImage,

    /// <summary>NEW_AND_OLD_IMAGES.</summary>
    NewAndOldImages,
}

/// <summary>Provisioned capacity, units per second; zero for on-demand.</summary>
public sealed record ProvisionedThroughput(long ReadCapacityUnits, long WriteCapacityUnits);

/// <summary>What a table is: its keys, its indexes, its settings.</summary>
public sealed record TableDefinition
{
    /// <summary>3 to 255 characters of <c>[a-zA-Z0-9_.-]</c>; a system table has <c>$</c> before them.</summary>
    public required string Name { get; init; }

    /// <summary>The primary key.</summary>
    public required KeySchema Key { get; init; }

    /// <summary>Local and global secondary indexes.</summary>
    public ImmutableArray<IndexDefinition> Indexes { get; init; } = [];

    /// <summary>Default: on demand.</summary>
    public BillingMode BillingMode { get; init; } = BillingMode.PayPerRequest;

    /// <summary>Capacity when provisioned.</summary>
    public ProvisionedThroughput Throughput { get; init; } = new(0, 0);

    /// <summary>The stream's view, or null without a stream.</summary>
    public StreamViewType? Stream { get; init; }

    /// <summary>
    /// Name of the attribute that says when an item expires, a Number of seconds since 1970-01-01 UTC; null when items
    /// do not. Expired items are removed in the background, and visible until then.
    /// </summary>
    public string? TimeToLive { get; init; }

    /// <summary>DeleteTable is refused while set.</summary>
    public bool DeletionProtection { get; init; }
}
