namespace Storage.Server.Blobs;

/// <summary>
/// Bytes too large for items, in files named after their SHA-256: <c>blobs/ab/abcdef...</c> below the store's
/// directory. Written once, synced with their directory before the name is given, never changed. A store in memory only
/// has its blobs in a temporary directory that comes with the first and goes with the store.
/// </summary>
internal sealed class BlobStore : IDisposable
{
    /// <summary>Layers keep up to this in items and anything larger here, bytes.</summary>
    internal const int ItemBytesMax = 300 * 1024;

    /// <summary>Largest blob, bytes.</summary>
    internal const int BytesMax = 512 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly bool isTemporary;
    private string? root;
    private long writes;

    /// <param name="directory">The store's directory, or null in memory.</param>
    internal BlobStore(string? directory)
    {
        isTemporary = directory is null;
        root = directory is null ? null : Path.GetFullPath(directory);
    }

    /// <summary>Stores bytes durably and returns their name: 64 lower-case hexadecimal digits.</summary>
    /// <exception cref="ArgumentException">More than <see cref="BytesMax"/>.</exception>
    internal async ValueTask<string> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, BytesMax, nameof(content));
        var name = BlobFiles.NameOf(content.Span);
        var home = Made();
        var folder = Path.Combine(home, BlobFiles.Folder);
        var path = BlobFiles.PathOf(folder, name);
        var parent = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(parent);

        // Whoever wrote an equal one may not have got to sync its name, and a disk may have spoiled it since: it is
        // believed only when it is whole, and named only once its directory is synced.
        if (!File.Exists(path) || !BlobFiles.IsWhole(path))
        {
            var draft = $"{path}.{Interlocked.Increment(ref writes)}{BlobFiles.NewSuffix}";
            try
            {
                await WriteAsync(draft, content, cancellation);
                File.Move(draft, path, overwrite: true);
            }
            catch
            {
                File.Delete(draft);
                throw;
            }
        }

        if (!isTemporary)
        {
            DirectorySync.Run(parent);
            DirectorySync.Run(folder);
            DirectorySync.Run(home);
        }

        return name;
    }

    /// <summary>The bytes of that name, checked against it.</summary>
    /// <exception cref="InvalidDataException">The file is missing or is not what its name says.</exception>
    internal async ValueTask<byte[]> ReadAsync(string name, CancellationToken cancellation)
    {
        if (!BlobFiles.IsName(name))
        {
            throw new InvalidDataException("Such a name no blob can have.");
        }

        byte[] content;
        try
        {
            using var file = File.OpenHandle(
                BlobFiles.PathOf(Path.Combine(Made(), BlobFiles.Folder), name), options: FileOptions.Asynchronous);
            var length = RandomAccess.GetLength(file);
            if (length > BytesMax)
            {
                throw new InvalidDataException($"Blob {name} is longer than any blob.");
            }

            content = new byte[length];
            var read = 0;
            while (read < content.Length
                && await RandomAccess.ReadAsync(file, content.AsMemory(read), read, cancellation) is > 0 and var count)
            {
                read += count;
            }
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"Blob {name} is missing.", missing);
        }

        return BlobFiles.NameOf(content) == name
            ? content
            : throw new InvalidDataException($"Blob {name} is damaged.");
    }

    /// <summary>Deletes all blobs that are not among the names. Nothing may be stored meanwhile.</summary>
    internal void DeleteExcept(IReadOnlySet<string> names)
    {
        if (root is null)
        {
            return;
        }

        var folder = Path.Combine(root, BlobFiles.Folder);
        foreach (var path in BlobFiles.In(folder).ToList())
        {
            var isDraft = path.EndsWith(BlobFiles.NewSuffix, StringComparison.Ordinal);
            if (isDraft || (BlobFiles.IsBlob(folder, path) && !names.Contains(Path.GetFileName(path))))
            {
                File.Delete(path);
            }
        }
    }

    public void Dispose()
    {
        if (isTemporary && root is not null)
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private string Made()
    {
        lock (gate)
        {
            return root ??= Directory.CreateTempSubdirectory("storage-blobs-").FullName;
        }
    }

    private async ValueTask WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        using var file = File.OpenHandle(
            path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.Asynchronous, content.Length);
        await RandomAccess.WriteAsync(file, content, 0, cancellation);
        if (!isTemporary)
        {
            RandomAccess.FlushToDisk(file);
        }
    }
}
