namespace Storage.Server.Lambda.Environments;

/// <summary>Families of runtimes, by how they are started.</summary>
internal enum RuntimeKind
{
    Python,
    Node,

    /// <summary>The code brings its own program, <c>bootstrap</c>.</summary>
    Provided,
}

/// <summary>What runs a runtime's functions on this machine.</summary>
/// <param name="Kind">Family.</param>
/// <param name="Path">The interpreter; null for <see cref="RuntimeKind.Provided"/>.</param>
/// <param name="Name">Name and version of what runs it, e.g. <c>python3.11</c>.</param>
/// <param name="Exact">Whether it is what the runtime's name asks for.</param>
internal sealed record RuntimeProgram(RuntimeKind Kind, string? Path, string Name, bool Exact)
{
    /// <summary>Where the interpreter lies.</summary>
    internal string? Directory => Path is null ? null : System.IO.Path.GetDirectoryName(Path);
}
