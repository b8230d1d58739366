using Storage.Engine.Files;

namespace Storage.Tests.Server;

/// <summary>Files in memory whose syncs fail from the moment it is told to: a disk that has died.</summary>
internal sealed class FailingDisk : IStoreFiles
{
    private readonly Durability.PowerLossFiles files = new();
    private volatile bool dead;

    internal void Die() => dead = true;

    public IStoreFile Open(string name, bool create) => new FailingFile(this, files.Open(name, create));

    public bool Exists(string name) => files.Exists(name);

    public IReadOnlyList<string> List() => files.List();

    public void Delete(string name) => files.Delete(name);

    public void Rename(string from, string to) => files.Rename(from, to);

    public void SyncDirectory()
    {
        ThrowIfDead();
        files.SyncDirectory();
    }

    private void ThrowIfDead()
    {
        if (dead)
        {
            throw new IOException("Input/output error");
        }
    }

    private sealed class FailingFile(FailingDisk disk, IStoreFile file) : IStoreFile
    {
        public long LengthBytes => file.LengthBytes;

        public int Read(long offset, Span<byte> destination) => file.Read(offset, destination);

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            disk.ThrowIfDead();
            file.Write(offset, source);
        }

        public void Sync()
        {
            disk.ThrowIfDead();
            file.Sync();
        }

        public void SetLength(long lengthBytes) => file.SetLength(lengthBytes);

        public void Dispose() => file.Dispose();
    }
}
