using Storage.Engine.Files;

namespace Storage.Tests.Files;

/// <summary>One file of <see cref="MemoryFiles"/>.</summary>
internal sealed class MemoryFile : IStoreFile
{
    private readonly MemoryFiles files;
    private readonly Lock gate = new();
    private readonly HashSet<long> dirtySectors = [];
    private byte[] content;
    private long length;
    private byte[] durable;

    internal MemoryFile(MemoryFiles files, string name, byte[]? bytes = null)
    {
        this.files = files;
        Name = name;
        content = bytes ?? [];
        length = content.Length;
        durable = [.. content];
    }

    internal string Name { get; set; }

    /// <summary>A copy of the content.</summary>
    internal byte[] Bytes
    {
        get
        {
            lock (gate)
            {
                return content[..(int)length];
            }
        }
    }

    public long LengthBytes
    {
        get
        {
            lock (gate)
            {
                return length;
            }
        }
    }

    public int Read(long offset, Span<byte> destination)
    {
        files.Note(FileOperation.Read, Name);
        lock (gate)
        {
            var bytes = (int)Math.Clamp(length - offset, 0, destination.Length);
            content.AsSpan((int)Math.Min(offset, length), bytes).CopyTo(destination);
            return bytes;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        files.Note(FileOperation.Write, Name);
        files.RequireRoom(offset + source.Length - LengthBytes);
        lock (gate)
        {
            Grow(offset + source.Length);
            source.CopyTo(content.AsSpan((int)offset));
            for (var sector = offset / MemoryFiles.SectorBytes; sector * MemoryFiles.SectorBytes < offset + source.Length; sector++)
            {
                dirtySectors.Add(sector);
            }
        }
    }

    public void Sync()
    {
        byte[] upToHere;
        lock (gate)
        {
            // What is written while a sync is held back is not covered by it.
            upToHere = content[..(int)length];
        }

        files.Note(FileOperation.Sync, Name);
        lock (gate)
        {
            durable = upToHere;
            dirtySectors.RemoveWhere(sector => Sector(sector, content, (int)length).SequenceEqual(Sector(sector, durable, durable.Length)));
        }
    }

    public void SetLength(long lengthBytes)
    {
        lock (gate)
        {
            Grow(lengthBytes);
            content.AsSpan((int)lengthBytes).Clear();
            length = lengthBytes;
        }
    }

    public void Dispose()
    {
    }

    internal MemoryFile AfterKill(MemoryFiles after)
    {
        lock (gate)
        {
            var copy = new MemoryFile(after, Name, content[..(int)length]) { durable = [.. durable] };
            copy.dirtySectors.UnionWith(dirtySectors);
            return copy;
        }
    }

    internal MemoryFile AfterCrash(MemoryFiles after, string name, Random? chance)
    {
        lock (gate)
        {
            var bytes = durable.ToArray();
            foreach (var sector in dirtySectors.Order())
            {
                if (chance?.Next(2) == 1)
                {
                    var source = Sector(sector, content, (int)length);
                    var start = (int)(sector * MemoryFiles.SectorBytes);
                    Array.Resize(ref bytes, Math.Max(bytes.Length, start + source.Length));
                    source.CopyTo(bytes.AsSpan(start));
                }
            }

            return new MemoryFile(after, name, bytes);
        }
    }

    private static ReadOnlySpan<byte> Sector(long sector, byte[] bytes, int length)
    {
        var start = Math.Min((int)(sector * MemoryFiles.SectorBytes), length);
        return bytes.AsSpan(start, Math.Min(MemoryFiles.SectorBytes, length - start));
    }

    private void Grow(long needed)
    {
        if (needed > content.Length)
        {
            Array.Resize(ref content, (int)Math.Max(needed, content.Length * 2L));
        }

        length = Math.Max(length, needed);
    }
}
