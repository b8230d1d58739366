using Storage.Engine.Files;

namespace Storage.Tests.Files;

/// <summary>What a store does to its files.</summary>
internal enum FileOperation
{
    Read,
    Write,
    Sync,
    SyncDirectory,
}

/// <summary>
/// Files in memory that remember, sector by sector, what was synced. <see cref="Crash"/> gives what a loss of power may
/// leave: all that was synced, and of the rest any part that chance picks. Counts operations; a hook may fail or hold them.
/// </summary>
internal sealed class MemoryFiles : IStoreFiles
{
    internal const int SectorBytes = 512;

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, MemoryFile> names = new(StringComparer.Ordinal);
    private readonly int[] counts = new int[Enum.GetValues<FileOperation>().Length];
    private SortedDictionary<string, MemoryFile> durableNames = new(StringComparer.Ordinal);

    /// <summary>Runs before every operation; may throw or wait.</summary>
    internal Action<FileOperation, string>? Before { get; set; }

    /// <summary>Bytes that all files together may have: a write that makes them longer finds the disk full.</summary>
    internal long BytesMax { get; set; } = long.MaxValue;

    internal int Count(FileOperation operation) => Volatile.Read(ref counts[(int)operation]);

    internal MemoryFile this[string name]
    {
        get
        {
            lock (gate)
            {
                return names[name];
            }
        }
    }

    public IStoreFile Open(string name, bool create)
    {
        lock (gate)
        {
            if (!names.TryGetValue(name, out var file))
            {
                names[name] = file = create ? new MemoryFile(this, name) : throw new FileNotFoundException(name);
            }

            return file;
        }
    }

    public bool Exists(string name)
    {
        lock (gate)
        {
            return names.ContainsKey(name);
        }
    }

    public IReadOnlyList<string> List()
    {
        lock (gate)
        {
            return [.. names.Keys];
        }
    }

    public void Delete(string name)
    {
        lock (gate)
        {
            names.Remove(name);
        }
    }

    public void Rename(string from, string to)
    {
        lock (gate)
        {
            names.Remove(from, out var file);
            file!.Name = to;
            names[to] = file;
        }
    }

    public void SyncDirectory()
    {
        Note(FileOperation.SyncDirectory, "");
        lock (gate)
        {
            durableNames = new SortedDictionary<string, MemoryFile>(names, StringComparer.Ordinal);
        }
    }

    /// <summary>The files after a loss of power now; with chance, some unsynced sectors and names made it.</summary>
    internal MemoryFiles Crash(Random? chance = null)
    {
        var after = new MemoryFiles();
        lock (gate)
        {
            foreach (var (name, file) in durableNames)
            {
                // An unsynced removal, renaming or replacement may have happened or not.
                var there = names.TryGetValue(name, out var now);
                if (now == file || chance is null || chance.Next(2) == 0)
                {
                    after.Add(name, file, chance);
                }
                else if (there)
                {
                    after.Add(name, now!, chance);
                }
                else if (names.FirstOrDefault(entry => entry.Value == file) is { Key: { } renamed })
                {
                    after.Add(renamed, file, chance);
                }
            }

            foreach (var (name, file) in names)
            {
                if (!durableNames.ContainsKey(name) && !durableNames.ContainsValue(file) && chance?.Next(2) == 1)
                {
                    after.Add(name, file, chance);
                }
            }
        }

        after.durableNames = new SortedDictionary<string, MemoryFile>(after.names, StringComparer.Ordinal);
        return after;
    }

    /// <summary>The files after the process is killed now: what was written is there, what was not synced is still not.</summary>
    internal MemoryFiles Kill()
    {
        var after = new MemoryFiles();
        lock (gate)
        {
            foreach (var (name, file) in names)
            {
                var copy = after.names[name] = file.AfterKill(after);
                if (durableNames.ContainsKey(name))
                {
                    after.durableNames[name] = copy;
                }
            }
        }

        return after;
    }

    /// <summary>A copy of the files as a running process sees them, all of it durable.</summary>
    internal MemoryFiles Copy()
    {
        var copy = new MemoryFiles();
        lock (gate)
        {
            foreach (var (name, file) in names)
            {
                copy.names[name] = new MemoryFile(copy, name, file.Bytes);
            }
        }

        copy.durableNames = new SortedDictionary<string, MemoryFile>(copy.names, StringComparer.Ordinal);
        return copy;
    }

    /// <summary>Refuses growth beyond <see cref="BytesMax"/>.</summary>
    internal void RequireRoom(long growthBytes)
    {
        if (growthBytes <= 0 || BytesMax == long.MaxValue)
        {
            return;
        }

        lock (gate)
        {
            if (names.Values.Sum(file => file.LengthBytes) + growthBytes > BytesMax)
            {
                throw new IOException("No space left on device");
            }
        }
    }

    private void Add(string name, MemoryFile file, Random? chance) => names[name] = file.AfterCrash(this, name, chance);

    internal void Note(FileOperation operation, string name)
    {
        Interlocked.Increment(ref counts[(int)operation]);
        Before?.Invoke(operation, name);
    }
}
