namespace Storage.Engine.Files;

/// <summary>
/// The files of one store directory. Everything the engine keeps goes through here, so that a test can count,
/// delay, tear or fail every access. Names are relative to the store's directory and contain no separators.
/// </summary>
internal interface IStoreFiles
{
    /// <summary>Opens a file for reading and writing, creating it when <paramref name="create"/> says so.</summary>
    /// <exception cref="IOException">The file is missing (and not to be created) or cannot be opened.</exception>
    IStoreFile Open(string name, bool create);

    /// <summary>True when a file of that name exists.</summary>
    bool Exists(string name);

    /// <summary>Names of all files in the directory, in ordinal order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Removes a file; durable only after <see cref="SyncDirectory"/>.</summary>
    void Delete(string name);

    /// <summary>Renames over an existing file atomically; durable only after <see cref="SyncDirectory"/>.</summary>
    void Rename(string from, string to);

    /// <summary>Makes creations, renames and removals survive power loss.</summary>
    void SyncDirectory();
}
