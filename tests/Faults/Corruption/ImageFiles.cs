using System.Collections.Immutable;
using Storage.Engine.Files;

namespace Storage.Faults.Corruption;

/// <summary>
/// Files in memory over an image: contents are shared with the image until something is written. Says whether anything
/// was changed, and gives the files back as an image.
/// </summary>
internal sealed class ImageFiles : IStoreFiles
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Node> names = new(StringComparer.Ordinal);

    internal ImageFiles(IReadOnlyDictionary<string, byte[]> image)
    {
        foreach (var (name, bytes) in image)
        {
            names.Add(name, new Node(name, bytes));
        }
    }

    /// <summary>Runs before a file is synced, with its name; may wait.</summary>
    internal Action<string>? BeforeSync { get; set; }

    /// <summary>The files as a running process sees them.</summary>
    internal ImmutableSortedDictionary<string, byte[]> Snapshot()
    {
        lock (gate)
        {
            return names.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Copy(), StringComparer.Ordinal);
        }
    }

    /// <summary>True when the files are byte for byte those of an image.</summary>
    internal bool Are(IReadOnlyDictionary<string, byte[]> image)
    {
        lock (gate)
        {
            return names.Count == image.Count
                && names.All(pair => image.TryGetValue(pair.Key, out var bytes) && pair.Value.Is(bytes));
        }
    }

    public IStoreFile Open(string name, bool create)
    {
        lock (gate)
        {
            if (!names.TryGetValue(name, out var node))
            {
                names[name] = node = create ? new Node(name, []) : throw new FileNotFoundException($"{name} does not exist.", name);
            }

            return new Handle(this, node);
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
            var node = names.Remove(from, out var found) ? found : throw new FileNotFoundException($"{from} does not exist.", from);
            node.Name = to;
            names[to] = node;
        }
    }

    public void SyncDirectory()
    {
    }

    private sealed class Node(string name, byte[] image)
    {
        private readonly Lock gate = new();
        private byte[] content = image;
        private int length = image.Length;
        private bool shared = true;

        internal string Name { get; set; } = name;

        internal int Length
        {
            get
            {
                lock (gate)
                {
                    return length;
                }
            }
        }

        internal byte[] Copy()
        {
            lock (gate)
            {
                return content[..length];
            }
        }

        internal bool Is(byte[] bytes)
        {
            lock (gate)
            {
                return content.AsSpan(0, length).SequenceEqual(bytes);
            }
        }

        internal int Read(long offset, Span<byte> destination)
        {
            lock (gate)
            {
                var bytes = (int)Math.Clamp(length - offset, 0, destination.Length);
                content.AsSpan((int)Math.Min(offset, length), bytes).CopyTo(destination);
                return bytes;
            }
        }

        internal void Write(long offset, ReadOnlySpan<byte> source)
        {
            lock (gate)
            {
                Own(Math.Max(length, (int)offset + source.Length));
                source.CopyTo(content.AsSpan((int)offset));
            }
        }

        internal void SetLength(int lengthBytes)
        {
            lock (gate)
            {
                Own(Math.Max(length, lengthBytes));
                content.AsSpan(lengthBytes).Clear();
                length = lengthBytes;
            }
        }

        private void Own(int needed)
        {
            if (shared || needed > content.Length)
            {
                var grown = new byte[needed > content.Length ? Math.Max(needed, content.Length + (content.Length / 2)) : content.Length];
                content.AsSpan(0, length).CopyTo(grown);
                content = grown;
                shared = false;
            }

            length = Math.Max(length, needed);
        }
    }

    private sealed class Handle(ImageFiles files, Node node) : IStoreFile
    {
        public long LengthBytes => node.Length;

        public int Read(long offset, Span<byte> destination) => node.Read(offset, destination);

        public void Write(long offset, ReadOnlySpan<byte> source) => node.Write(offset, source);

        public void Sync() => files.BeforeSync?.Invoke(node.Name);

        public void SetLength(long lengthBytes) => node.SetLength((int)lengthBytes);

        public void Dispose()
        {
        }
    }
}
