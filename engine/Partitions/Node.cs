namespace Storage.Engine.Partitions;

/// <summary>A node of a <see cref="SortedMemory"/>.</summary>
internal abstract class Node
{
    /// <summary>A leaf's keys, or the separators between an inner node's children. A field: the struct changes in place.</summary>
    internal SlottedKeys Keys;

    /// <summary>Memory taken, bytes.</summary>
    internal abstract int UsedBytes { get; }
}
