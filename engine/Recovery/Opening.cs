using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>
/// Opens a store: takes the directory, folds the log into an empty state, and starts a database on what that gave.
/// </summary>
internal static class Opening
{
    /// <summary>A store in memory only.</summary>
    internal static Database OpenInMemory(DatabaseOptions options)
    {
        var state = new DatabaseState();
        return new Database(state, new MemoryLog(), options);
    }

    /// <summary>A store on files.</summary>
    /// <exception cref="IOException">The files cannot be read.</exception>
    /// <exception cref="InvalidDataException">The log is damaged below what it says is durable; nothing was changed.</exception>
    internal static Database Open(IStoreFiles files, DatabaseOptions options, LogOptions logOptions)
    {
        var state = new DatabaseState();
        var log = DiskLog.Open(files, logOptions, from: null, state.Applier);
        return new Database(state, log, options);
    }
}
