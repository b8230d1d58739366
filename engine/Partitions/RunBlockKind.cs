namespace Storage.Engine.Partitions;

/// <summary>What a block of a run holds.</summary>
internal enum RunBlockKind : byte
{
    /// <summary>Entries.</summary>
    Data = 1,

    /// <summary>References to blocks one level below, by separator.</summary>
    Index = 2,

    /// <summary>Part of the filter of a level-1 index block.</summary>
    Filter = 3,

    /// <summary>Counts by table or index.</summary>
    Statistics = 4,
}
