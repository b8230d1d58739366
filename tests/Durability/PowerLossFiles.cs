using Storage.Engine.Files;

namespace Storage.Tests.Durability;

/// <summary>
/// Files in memory that know what a loss of power would leave: contents as of the last sync of each file, names as of
/// the last sync of the directory. Counts syncs; a closed gate holds every sync until it is opened.
/// </summary>
internal sealed class PowerLossFiles : IStoreFiles
{
    private readonly Lock state = new();
    private readonly Dictionary<string, Content> names = new(StringComparer.Ordinal);
    private readonly object gate = new();
    private bool closed;
    private Dictionary<string, Content> durableNames = new(StringComparer.Ordinal);
    private int syncs;

    internal int Syncs => Volatile.Read(ref syncs);

    /// <summary>Syncs wait from now on.</summary>
    internal void CloseGate()
    {
        lock (gate)
        {
            closed = true;
        }
    }

    internal void OpenGate()
    {
        lock (gate)
        {
            closed = false;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>What a store would find if power failed now.</summary>
    internal PowerLossFiles AfterPowerLoss()
    {
        var copy = new PowerLossFiles();
        lock (state)
        {
            foreach (var (name, content) in durableNames)
            {
                var survived = new Content { Written = content.Synced, Synced = content.Synced };
                copy.names[name] = survived;
                copy.durableNames[name] = survived;
            }
        }

        return copy;
    }

    public IStoreFile Open(string name, bool create)
    {
        lock (state)
        {
            if (!names.TryGetValue(name, out var content))
            {
                content = create ? names[name] = new Content() : throw new FileNotFoundException("No such file.", name);
            }

            return new OpenFile(this, content);
        }
    }

    public bool Exists(string name)
    {
        lock (state)
        {
            return names.ContainsKey(name);
        }
    }

    public IReadOnlyList<string> List()
    {
        lock (state)
        {
            return [.. names.Keys.Order(StringComparer.Ordinal)];
        }
    }

    public void Delete(string name)
    {
        lock (state)
        {
            names.Remove(name);
        }
    }

    public void Rename(string from, string to)
    {
        lock (state)
        {
            names.Remove(from, out var content);
            names[to] = content!;
        }
    }

    public void SyncDirectory()
    {
        WaitAtGate();
        lock (state)
        {
            durableNames = new Dictionary<string, Content>(names, StringComparer.Ordinal);
            Interlocked.Increment(ref syncs);
        }
    }

    private void WaitAtGate()
    {
        lock (gate)
        {
            while (closed)
            {
                Monitor.Wait(gate);
            }
        }
    }

    private sealed class Content
    {
        internal byte[] Written { get; set; } = [];

        internal byte[] Synced { get; set; } = [];
    }

    private sealed class OpenFile(PowerLossFiles files, Content content) : IStoreFile
    {
        public long LengthBytes
        {
            get
            {
                lock (files.state)
                {
                    return content.Written.Length;
                }
            }
        }

        public int Read(long offset, Span<byte> destination)
        {
            lock (files.state)
            {
                var available = content.Written.AsSpan((int)Math.Min(offset, content.Written.Length));
                var count = Math.Min(available.Length, destination.Length);
                available[..count].CopyTo(destination);
                return count;
            }
        }

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            lock (files.state)
            {
                // A synced content is never changed in place: whoever holds it keeps what it was.
                var written = new byte[Math.Max(content.Written.Length, offset + source.Length)];
                content.Written.CopyTo(written, 0);
                source.CopyTo(written.AsSpan((int)offset));
                content.Written = written;
            }
        }

        public void Sync()
        {
            byte[] covered;
            lock (files.state)
            {
                covered = content.Written;
            }

            files.WaitAtGate();
            lock (files.state)
            {
                content.Synced = covered;
                Interlocked.Increment(ref files.syncs);
            }
        }

        public void SetLength(long lengthBytes)
        {
            lock (files.state)
            {
                var written = new byte[lengthBytes];
                content.Written.AsSpan(0, (int)Math.Min(lengthBytes, content.Written.Length)).CopyTo(written);
                content.Written = written;
            }
        }

        public void Dispose()
        {
        }
    }
}
