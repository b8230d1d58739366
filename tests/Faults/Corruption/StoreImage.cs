using System.Collections.Immutable;

namespace Storage.Faults.Corruption;

/// <summary>How a store came to its end.</summary>
internal enum Stop
{
    /// <summary>Closed: the log ends with its mark.</summary>
    Clean,

    /// <summary>Killed after the last writes were answered.</summary>
    Killed,

    /// <summary>Killed while the last writes were on their way to the disk.</summary>
    KilledInSync,
}

/// <summary>The files of a store at its end, what it must serve, and what faults may put in their place.</summary>
internal sealed record StoreImage
{
    /// <summary>Says how to build it again.</summary>
    internal required string Name { get; init; }

    internal required Stop Stop { get; init; }

    internal required ImmutableSortedDictionary<string, byte[]> Files { get; init; }

    /// <summary>The same store's files at earlier moments.</summary>
    internal required IReadOnlyList<ImmutableSortedDictionary<string, byte[]>> Older { get; init; }

    internal required Workload Workload { get; init; }

    /// <summary>What the undamaged files serve.</summary>
    internal required ServedState Expected { get; init; }

    /// <summary>The part that an unclean stop leaves without a witness; null after a clean one.</summary>
    internal required LastGroup? LastGroup { get; init; }
}
