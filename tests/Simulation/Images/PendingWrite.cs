namespace Storage.Simulation.Images;

/// <summary>A change of a file that no sync covers yet.</summary>
/// <param name="Index">Of its event.</param>
/// <param name="Offset">Where it begins; the new length when <paramref name="Bytes"/> is null.</param>
/// <param name="Bytes">What was written; null for a change of the length.</param>
/// <param name="LengthAfter">The file's length behind it.</param>
internal sealed record PendingWrite(int Index, long Offset, byte[]? Bytes, int LengthAfter)
{
    /// <summary>True once a sync that covered it failed: no later sync makes it durable.</summary>
    internal bool IsLost { get; init; }

    /// <summary>Sectors of a lost write that later writes have made good.</summary>
    internal IReadOnlySet<int>? Settled { get; init; }
}
