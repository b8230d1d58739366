namespace Storage.Engine.Partitions;

/// <summary>
/// Collects the hashes of one filter. Those of the data block that is still open are kept apart: it may come to lie
/// below the next index block.
/// </summary>
internal sealed class RunFilterBuilder(int blockBytes)
{
    /// <summary>Hashes after which an index block is closed early, so that memory stays bounded.</summary>
    private const int HashesMax = 64 * 1024;

    private readonly byte[] prefix = new byte[RunFilter.PrefixBytes];
    private ulong[] hashes = new ulong[1024];
    private byte[] blocks = [];
    private int count;
    private int closed;
    private bool hasPrefix;

    /// <summary>True when the data blocks closed so far and the open one make a large filter.</summary>
    internal bool IsFull => count > HashesMax;

    /// <summary>Adds a key of the open data block: its hash, and that of its first bytes once for each block.</summary>
    internal void Add(ReadOnlySpan<byte> key)
    {
        Push(RunFilter.HashOf(key));
        if (key.Length >= RunFilter.PrefixBytes)
        {
            var first = key[..RunFilter.PrefixBytes];
            if (!hasPrefix || !first.SequenceEqual(prefix))
            {
                hasPrefix = true;
                first.CopyTo(prefix);
                Push(RunFilter.HashOf(first));
            }
        }
    }

    /// <summary>The open data block now lies below the index block to come.</summary>
    internal void CloseBlock()
    {
        closed = count;
        hasPrefix = false;
    }

    /// <summary>The filter of the closed data blocks, headers without checksums, valid until the next call.</summary>
    internal Span<byte> Close()
    {
        var blockCount = RunFilter.BlocksFor(closed, blockBytes);
        var length = blockCount * blockBytes;
        if (blocks.Length < length)
        {
            blocks = new byte[length];
        }

        var filter = blocks.AsSpan(0, length);
        filter.Clear();
        foreach (var hash in hashes.AsSpan(0, closed))
        {
            RunFilter.Set(filter.Slice(RunFilter.LineOf(hash, blockCount, blockBytes), RunFilter.LineBytes), hash);
        }

        for (var at = 0; at < length; at += blockBytes)
        {
            RunFilter.WriteHeader(filter.Slice(at, blockBytes));
        }

        hashes.AsSpan(closed, count - closed).CopyTo(hashes);
        count -= closed;
        closed = 0;
        return filter;
    }

    private void Push(ulong hash)
    {
        if (count == hashes.Length)
        {
            Array.Resize(ref hashes, 2 * count);
        }

        hashes[count++] = hash;
    }
}
