namespace Storage.Server.Blobs;

/// <summary>
/// Bytes too large for items, in files named after their SHA-256: <c>blobs/ab/abcdef...</c> below the store's
/// directory. Written once, synced with their directory before the name is given, never changed. A store in memory only
/// has its blobs in a temporary directory that goes with it.
/// </summary>
internal sealed class BlobStore : IDisposable
{
    /// <summary>Layers keep up to this in items and anything larger here, bytes.</summary>
    internal const int ItemBytesMax = 300 * 1024;

    /// <param name="directory">The store's directory, or null in memory.</param>
    internal BlobStore(string? directory) => throw new NotImplementedException();

    /// <summary>Stores bytes durably and returns their name: 64 lower-case hexadecimal digits.</summary>
    internal ValueTask<string> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The bytes of that name, checked against it.</summary>
    /// <exception cref="InvalidDataException">The file is missing or is not what its name says.</exception>
    internal ValueTask<byte[]> ReadAsync(string name, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Deletes all blobs that are not among the names. Nothing may be stored meanwhile.</summary>
    internal void DeleteExcept(IReadOnlySet<string> names) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
