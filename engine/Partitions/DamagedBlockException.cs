namespace Storage.Engine.Partitions;

/// <summary>A block of a run is not what was written there: whatever needs it fails, and says where.</summary>
internal sealed class DamagedBlockException(string file, long offset, string reason)
    : IOException($"{file} is damaged: the block at offset {offset} {reason}. Run 'verify' on the directory, and 'repair' or restore a copy of the file.")
{
    internal string File { get; } = file;

    internal long Offset { get; } = offset;
}
