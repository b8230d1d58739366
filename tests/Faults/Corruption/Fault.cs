using System.Collections.Immutable;

namespace Storage.Faults.Corruption;

/// <summary>One thing that happened to the files of a store.</summary>
/// <param name="Kind">What.</param>
/// <param name="Text">What exactly, and where.</param>
/// <param name="Names">The files that are not what they were.</param>
/// <param name="Files">All files afterwards.</param>
internal sealed record Fault(
    FaultKind Kind, string Text, IReadOnlyList<string> Names, ImmutableSortedDictionary<string, byte[]> Files);
