namespace Storage.Engine.Partitions;

/// <summary>Collects the hashes of one filter at a time. Reusable.</summary>
internal sealed class RunFilterBuilder(int blockBytes)
{
    /// <summary>Hashes after which an index block is closed early, so that memory stays bounded.</summary>
    private const int HashesMax = 64 * 1024;

    private readonly byte[] prefix = new byte[RunFilter.PrefixBytes];
    private ulong[] hashes = new ulong[1024];
    private byte[] blocks = [];
    private int count;
    private bool hasPrefix;

    /// <summary>True when the keys so far make a large filter.</summary>
    internal bool IsFull => count > HashesMax;

    /// <summary>Adds a key: its hash, and that of its first bytes unless the key before began alike.</summary>
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

    /// <summary>The filter of the keys since the last one, headers without checksums, valid until the next call.</summary>
    internal Span<byte> Close()
    {
        var blockCount = RunFilter.BlocksFor(count, blockBytes);
        var length = blockCount * blockBytes;
        if (blocks.Length < length)
        {
            blocks = new byte[length];
        }

        var filter = blocks.AsSpan(0, length);
        filter.Clear();
        foreach (var hash in hashes.AsSpan(0, count))
        {
            RunFilter.Set(filter.Slice(RunFilter.LineOf(hash, blockCount, blockBytes), RunFilter.LineBytes), hash);
        }

        for (var at = 0; at < length; at += blockBytes)
        {
            RunFilter.WriteHeader(filter.Slice(at, blockBytes));
        }

        count = 0;
        hasPrefix = false;
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
