namespace Storage.Engine.Files;

/// <summary>The files of a store that is only looked at: opened for reading, and nothing else is possible.</summary>
internal sealed class ReadOnlyDiskFiles(string directory) : IStoreFiles
{
    private readonly string directory = Path.GetFullPath(directory);

    /// <inheritdoc />
    public IStoreFile Open(string name, bool create)
    {
        var path = Path.Combine(directory, name);
        return create
            ? throw Refusal(name)
            : new DiskFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), path);
    }

    /// <inheritdoc />
    public bool Exists(string name) => File.Exists(Path.Combine(directory, name));

    /// <inheritdoc />
    public IReadOnlyList<string> List()
    {
        var names = Array.ConvertAll(Directory.GetFiles(directory), path => Path.GetFileName(path));
        Array.Sort(names, string.CompareOrdinal);
        return names;
    }

    /// <inheritdoc />
    public void Delete(string name) => throw Refusal(name);

    /// <inheritdoc />
    public void Rename(string from, string to) => throw Refusal(to);

    /// <inheritdoc />
    public void SyncDirectory() => throw Refusal(directory);

    private static NotSupportedException Refusal(string name) => new($"{name} is not to be changed.");
}
