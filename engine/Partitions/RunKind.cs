namespace Storage.Engine.Partitions;

/// <summary>The two uses of the one sorted file format.</summary>
internal enum RunKind : byte
{
    /// <summary>State: "00000001.run".</summary>
    State = 1,

    /// <summary>Past changes that streams still need: "00000001.history".</summary>
    History = 2,
}
