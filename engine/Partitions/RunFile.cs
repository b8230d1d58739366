using System.Buffers.Binary;
using Storage.Engine.Encoding;
using Storage.Engine.Files;

namespace Storage.Engine.Partitions;

/// <summary>
/// An immutable sorted file of entries, read block by block through the cache. Safe for many readers. The file is
/// closed, and deleted when <see cref="DeleteWhenUnused"/> said so, once nobody holds it any more.
/// </summary>
/// <remarks>The root block and the counts by table stay in memory; a block leased from the cache is given back before
/// the next one is asked for.</remarks>
internal sealed class RunFile : IBlockSource
{
    private readonly IStoreFiles files;
    private readonly IStoreFile file;
    private readonly RunFooter footer;
    private readonly BlockCache cache;
    private readonly RunBlockReader reader;
    private readonly byte[] root;
    private readonly uint[] tableIds; // ascending
    private readonly Dictionary<uint, RunTableStatistics> tables;
    private int references = 1;
    private volatile bool deletes;

    private RunFile(IStoreFiles files, IStoreFile file, RunFooter footer, RunBlockReader reader, BlockCache cache)
    {
        this.files = files;
        this.file = file;
        this.footer = footer;
        this.reader = reader;
        this.cache = cache;
        root = new byte[footer.Root.LengthBytes];
        tables = [];
        if (root.Length > 0)
        {
            reader.Read(footer.Root.Offset, root);
            RequireKind(root, footer.Root.Offset, footer.RootLevel);
            ReadStatistics();
        }

        tableIds = [.. tables.Keys];
        Array.Sort(tableIds);
    }

    /// <summary>Opens a run, checks footer and root; the opener holds the first reference.</summary>
    /// <exception cref="InvalidDataException">Missing, damaged, or another file than the manifest's; the text names it.</exception>
    internal static RunFile Open(IStoreFiles files, RunKind kind, Guid store, RunInfo info, BlockCache cache)
    {
        var name = RunWriter.NameOf(kind, info.Number);
        if (!files.Exists(name))
        {
            throw RunRefusal.Of(name, "is missing");
        }

        var file = files.Open(name, create: false);
        try
        {
            var footer = RunRefusal.ReadFooter(file, name, kind, store, info);
            var reader = new RunBlockReader(file, name, new RunChecksum(store, info.Number));
            return new RunFile(files, file, footer, reader, cache);
        }
        catch (DamagedBlockException damage)
        {
            file.Dispose();
            throw new InvalidDataException(damage.Message, damage);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    internal RunInfo Info => footer.Info;

    internal RunKind Kind => footer.Kind;

    internal string Name => reader.Name;

    /// <summary>Entries, removals and bytes by table or index id.</summary>
    internal IReadOnlyDictionary<uint, RunTableStatistics> Tables => tables;

    internal int RootLevel => footer.RootLevel;

    /// <summary>Where the root lies; its length is 0 when there is no entry. The blocks end with it.</summary>
    internal RunReference Root => footer.Root;

    internal RunBlockReader Reader => reader;

    /// <inheritdoc />
    public long CacheId => (Info.Number << 1) | (Kind == RunKind.History ? 1L : 0);

    /// <inheritdoc />
    public void Load(long offset, Span<byte> block) => reader.Read(offset, block);

    internal void Acquire()
    {
        if (Interlocked.Increment(ref references) <= 1)
        {
            Interlocked.Decrement(ref references);
            throw new ObjectDisposedException(Name);
        }
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref references) != 0)
        {
            return;
        }

        cache.Forget(CacheId);
        file.Dispose();
        if (deletes)
        {
            Delete();
        }
    }

    /// <summary>The file is superseded: whoever lets go of it last deletes it.</summary>
    internal void DeleteWhenUnused() => deletes = true;

    /// <summary>Looks a key up; writes the value behind what <paramref name="value"/> holds when found.</summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged.</exception>
    internal Lookup Find(ReadOnlySpan<byte> key, ValueWriter value) => Find(key, RunFilter.HashOf(key), value);

    /// <summary>As the other, with the key's <see cref="RunFilter.HashOf"/>.</summary>
    internal Lookup Find(ReadOnlySpan<byte> key, ulong hash, ValueWriter value)
    {
        var id = RunTableStatistics.IdOf(key);
        if (!HasTable(id, id))
        {
            return Lookup.Absent;
        }

        var at = footer.Root;
        for (var level = footer.RootLevel; level > 0; level--)
        {
            if (level == 1 && !MayContain(at, hash))
            {
                return Lookup.Absent;
            }

            at = ChildOf(at, level, key);
        }

        using var block = Open(at, 0);
        return Find(new RunBlock(block.Bytes), key, value);
    }

    /// <summary>False when no entry's table or index id is within these bounds.</summary>
    internal bool HasTable(uint first, uint last)
    {
        var index = Array.BinarySearch(tableIds, first);
        return index >= 0 || (~index < tableIds.Length && tableIds[~index] <= last);
    }

    /// <summary>Asks the filter of a level-1 block: false when no key below it has that hash or begins with what has it.</summary>
    internal bool MayContain(in RunReference index, ulong hash)
    {
        var blockBytes = footer.FilterBlockBytes;
        var line = RunFilter.LineOf(hash, index.FilterBytes / blockBytes, blockBytes);
        var inBlock = line % blockBytes;
        var offset = index.FilterOffset + line - inBlock;
        using var block = cache.Get(this, offset, blockBytes);
        if (RunBlock.KindOf(block.Bytes) != RunBlockKind.Filter)
        {
            throw new DamagedBlockException(Name, offset, "is not of the kind that refers to it");
        }

        return RunFilter.IsSet(block.Bytes.Slice(inBlock, RunFilter.LineBytes), hash);
    }

    /// <summary>Holds a data (level 0) or index block until disposed.</summary>
    internal RunBlockHold Open(in RunReference at, int level)
    {
        if (at.Offset == footer.Root.Offset)
        {
            return new RunBlockHold(root);
        }

        var lease = cache.Get(this, at.Offset, at.LengthBytes);
        try
        {
            RequireKind(lease.Bytes, at.Offset, level);
            return new RunBlockHold(lease);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private static Lookup Find(RunBlock block, ReadOnlySpan<byte> key, ValueWriter value)
    {
        var index = block.LowerBound(key, out var found);
        if (!found)
        {
            return Lookup.Absent;
        }

        var bytes = block.Value(index);
        if (bytes.IsEmpty)
        {
            return Lookup.Removed;
        }

        value.WriteEncoded(bytes);
        return Lookup.Found;
    }

    private RunReference ChildOf(in RunReference at, int level, ReadOnlySpan<byte> key)
    {
        using var hold = Open(at, level);
        var block = new RunBlock(hold.Bytes);
        return RunReference.Read(block.Value(block.ChildOf(key)));
    }

    private void RequireKind(ReadOnlySpan<byte> block, long offset, int level)
    {
        var kind = level == 0 ? RunBlockKind.Data : RunBlockKind.Index;
        if (RunBlock.KindOf(block) != kind || RunBlock.LevelOf(block) != level)
        {
            throw new DamagedBlockException(Name, offset, "is not of the kind that refers to it");
        }
    }

    private void ReadStatistics()
    {
        var bytes = new byte[footer.Statistics.LengthBytes];
        reader.Read(footer.Statistics.Offset, bytes);
        if (RunBlock.KindOf(bytes) != RunBlockKind.Statistics)
        {
            throw new DamagedBlockException(Name, footer.Statistics.Offset, "is not of the kind that refers to it");
        }

        var block = new RunBlock(bytes);
        Span<byte> id = stackalloc byte[RunTableStatistics.IdBytes];
        for (var i = 0; i < block.Count; i++)
        {
            block.Read(i, out var suffix, out var value);
            block.Prefix.CopyTo(id);
            suffix.CopyTo(id[block.Prefix.Length..]);
            tables[BinaryPrimitives.ReadUInt32BigEndian(id)] = RunTableStatistics.Read(value);
        }
    }

    private void Delete()
    {
        try
        {
            files.Delete(Name);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The manifest does not name it any more, so the next opening removes it. A reader who happened to be
            // the last one has no use for the failure.
        }
    }
}
