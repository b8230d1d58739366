namespace Storage.Bench;

/// <summary>A directory for one run's files, deleted at its end.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    internal ScratchDirectory(string? parent)
    {
        FullPath = Path.Combine(parent ?? Path.GetTempPath(), $"storage-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(FullPath);
    }

    internal string FullPath { get; }

    internal string File(string name) => Path.Combine(FullPath, name);

    public void Dispose() => Directory.Delete(FullPath, true);
}
