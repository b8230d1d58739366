namespace Storage.Engine.Partitions;

/// <summary>What a source of entries says of a key.</summary>
internal enum Lookup
{
    /// <summary>Nothing: ask what lies below.</summary>
    Absent,

    /// <summary>The key was removed.</summary>
    Removed,

    Found,
}
