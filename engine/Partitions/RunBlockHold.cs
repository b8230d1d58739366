namespace Storage.Engine.Partitions;

/// <summary>A block in use: leased from the cache, or a root, which lies in memory anyway. Dispose exactly once.</summary>
internal struct RunBlockHold : IDisposable
{
    private readonly byte[]? root;
    private BlockLease lease;

    internal RunBlockHold(byte[] root) => this.root = root;

    internal RunBlockHold(BlockLease lease) => this.lease = lease;

    internal readonly ReadOnlySpan<byte> Bytes => root ?? lease.Bytes;

    public void Dispose()
    {
        if (root is null)
        {
            lease.Dispose();
        }
    }
}
