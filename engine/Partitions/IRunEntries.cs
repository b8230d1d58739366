namespace Storage.Engine.Partitions;

/// <summary>Entries of one run in key order, one way.</summary>
internal interface IRunEntries
{
    /// <summary>Valid until the next move.</summary>
    ReadOnlySpan<byte> Key { get; }

    /// <summary>Empty when the key was removed. Valid until the next move.</summary>
    ReadOnlySpan<byte> Value { get; }

    /// <summary>Moves to the next entry, at first to the first; false at the end.</summary>
    bool MoveNext();
}
