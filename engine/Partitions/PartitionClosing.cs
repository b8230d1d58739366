namespace Storage.Engine.Partitions;

/// <summary>Why a partition lets go of its runs: what they hold cannot be read through it any more.</summary>
internal enum PartitionClosing
{
    None,

    /// <summary>Its table or index was dropped, durably.</summary>
    Dropped,

    /// <summary>The store closes.</summary>
    StoreClosed,
}
