using Storage.Engine.Files;

namespace Storage.Engine.Partitions;

/// <summary>Writes one run from entries in ascending key order. Byte layout: docs/FILE_FORMATS.md, Runs.</summary>
internal sealed class RunWriter : IDisposable
{
    /// <summary>Creates the file; its directory entry is the caller's to sync, by <see cref="IStoreFiles.SyncDirectory"/>.</summary>
    internal RunWriter(IStoreFiles files, RunKind kind, Guid store, long number, int level, long firstLsn, long lastLsn) => throw new NotImplementedException();

    /// <summary>Name of a file of that kind and number.</summary>
    internal static string NameOf(RunKind kind, long number) => throw new NotImplementedException();

    /// <summary>The number in a file's name; false when it is no such name.</summary>
    internal static bool TryParseName(string name, out RunKind kind, out long number) => throw new NotImplementedException();

    /// <summary>Entries added so far.</summary>
    internal long EntryCount => throw new NotImplementedException();

    /// <summary>Adds an entry whose key is greater than the one before; an empty value says that the key is gone.</summary>
    internal void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Writes what is left, syncs the file and says what the manifest must know.</summary>
    internal RunInfo Finish(long lastTimeMicros) => throw new NotImplementedException();

    /// <summary>Closes the file, finished or not.</summary>
    public void Dispose() => throw new NotImplementedException();
}
