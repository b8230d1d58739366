using Storage.Engine.Files;

namespace Storage.Engine;

/// <summary>How a <see cref="Store"/> is opened.</summary>
public sealed class StoreOptions
{
    internal const int InitialPartitionsMax = 256;

    /// <summary>Directory that holds the store; created when missing. Null means memory only: nothing survives the process.</summary>
    public string? Directory { get; init; }

    /// <summary>AWS Region named in ARNs.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Twelve-digit AWS account named in ARNs.</summary>
    public string AccountId { get; init; } = "123456789012";

    /// <summary>The store's clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Seed of everything random in the store (table ids); null draws one from the system.</summary>
    public int? Seed { get; init; }

    /// <summary>Partitions a new table starts with, 1 to 256. Default: the processors, at most 16.</summary>
    public int InitialPartitions { get; init; } =
        (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 1, 16));

    /// <summary>The files of the store in tests; null opens <see cref="Directory"/> on disk.</summary>
    internal IStoreFiles? Files { get; init; }
}
