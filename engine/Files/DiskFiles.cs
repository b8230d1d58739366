namespace Storage.Engine.Files;

/// <summary>The files of a store in one directory on disk. Creates the directory when it is missing.</summary>
internal sealed class DiskFiles : IStoreFiles
{
    private readonly string directory;

    internal DiskFiles(string directory)
    {
        this.directory = Path.GetFullPath(directory);
        Directory.CreateDirectory(this.directory);
    }

    /// <inheritdoc />
    public IStoreFile Open(string name, bool create)
    {
        var path = PathOf(name);
        var mode = create ? FileMode.OpenOrCreate : FileMode.Open;

        // One opener at a time is the directory lock's business; the files themselves stay readable for backups.
        return new DiskFile(
            File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), path);
    }

    /// <inheritdoc />
    public bool Exists(string name) => File.Exists(PathOf(name));

    /// <inheritdoc />
    public IReadOnlyList<string> List()
    {
        var names = Array.ConvertAll(Directory.GetFiles(directory), path => Path.GetFileName(path));
        Array.Sort(names, string.CompareOrdinal);
        return names;
    }

    /// <inheritdoc />
    public void Delete(string name) => File.Delete(PathOf(name));

    /// <inheritdoc />
    public void Rename(string from, string to) => File.Move(PathOf(from), PathOf(to), overwrite: true);

    /// <inheritdoc />
    public void SyncDirectory()
    {
        // NTFS journals its directory changes and offers no call for it.
        if (!OperatingSystem.IsWindows())
        {
            UnixCalls.SyncDirectory(directory);
        }
    }

    private string PathOf(string name)
    {
        if (name.Length == 0 || name != Path.GetFileName(name))
        {
            throw new ArgumentException($"'{name}' is not a plain file name.", nameof(name));
        }

        return Path.Combine(directory, name);
    }
}
