namespace Storage.Simulation.Device;

/// <summary>What a store did to its files; reads change nothing and are not traced.</summary>
internal enum TraceKind : byte
{
    /// <summary>A name was made for a new, empty file.</summary>
    Create,

    /// <summary>Bytes were written.</summary>
    Write,

    /// <summary>A file was cut or extended.</summary>
    SetLength,

    /// <summary>A sync returned: what was written before it began is on the device.</summary>
    Sync,

    /// <summary>A sync failed: nobody will ever know what of it reached the device, later syncs included.</summary>
    FailedSync,

    /// <summary>A file took another name, perhaps another file's.</summary>
    Rename,

    /// <summary>A name was removed.</summary>
    Delete,

    /// <summary>A sync of the directory returned: changes of names before it began are on the device.</summary>
    SyncDirectory,
}

/// <summary>One input or output of a store, in the order in which they took effect.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="File">The file, numbered as created; a file keeps its number whatever its name.</param>
/// <param name="Name">Name created, renamed or deleted.</param>
/// <param name="To">New name of a rename.</param>
/// <param name="Offset">Of a write; the new length of a SetLength.</param>
/// <param name="Bytes">Written; never changed afterwards.</param>
/// <param name="Since">Of syncs: only events before this index are covered.</param>
internal readonly record struct TraceEvent(
    TraceKind Kind, int File, string Name = "", string To = "", long Offset = 0, byte[]? Bytes = null, int Since = 0)
{
    public override string ToString() => Kind switch
    {
        TraceKind.Write => $"write file {File} at {Offset}, {Bytes!.Length} bytes",
        TraceKind.SetLength => $"set length of file {File} to {Offset}",
        TraceKind.Create => $"create {Name} as file {File}",
        TraceKind.Rename => $"rename {Name} (file {File}) to {To}",
        TraceKind.Delete => $"delete {Name} (file {File})",
        TraceKind.SyncDirectory => "sync directory",
        _ => $"{Kind} file {File}",
    };
}
