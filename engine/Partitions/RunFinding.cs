namespace Storage.Engine.Partitions;

/// <summary>Something that is wrong with a run.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Offset">Of the block in it.</param>
/// <param name="Text">What is wrong with that block.</param>
internal sealed record RunFinding(string File, long Offset, string Text)
{
    public override string ToString() => $"{File}, offset {Offset}: {Text}";
}
