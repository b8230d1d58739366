namespace Storage.Engine.Partitions;

/// <summary>
/// Walks a whole run straight through its file, in large reads and past the cache, which a merge would only wash out.
/// Every block on the way is verified, those of index and filter too: damage must not vanish in a merge unnoticed.
/// </summary>
internal sealed class RunScan : IRunEntries
{
    private const int ReadBytes = 256 * 1024;

    private readonly RunFile run;
    private readonly CancellationToken cancellation;
    private readonly long end;
    private byte[] buffer = GC.AllocateUninitializedArray<byte>(ReadBytes);
    private long bufferOffset; // of the buffer's start in the file
    private int bufferBytes;
    private long next; // offset of the block behind the present one
    private int blockStart;
    private int blockBytes; // 0 before the first data block
    private int index;
    private int count;
    private long entries;
    private byte[] key = new byte[128];
    private int keyLength;
    private int valueStart;
    private int valueLength;

    /// <summary>The caller holds the run while it walks.</summary>
    /// <param name="source">The run.</param>
    /// <param name="cancellation">Looked at before each block.</param>
    internal RunScan(RunFile source, CancellationToken cancellation)
    {
        run = source;
        this.cancellation = cancellation;
        end = source.Root.End;
    }

    /// <inheritdoc />
    public ReadOnlySpan<byte> Key => key.AsSpan(0, keyLength);

    /// <inheritdoc />
    public ReadOnlySpan<byte> Value => buffer.AsSpan(valueStart, valueLength);

    /// <inheritdoc />
    /// <exception cref="DamagedBlockException">A block is not what was written there.</exception>
    public bool MoveNext()
    {
        index++;
        while (index >= count)
        {
            if (next >= end)
            {
                RequireAllEntries();
                return false;
            }

            NextBlock();
        }

        var block = new RunBlock(buffer.AsSpan(blockStart, blockBytes));
        block.Read(index, out var suffix, out var value);
        keyLength = block.Prefix.Length + suffix.Length;
        if (key.Length < keyLength)
        {
            key = new byte[Math.Max(keyLength, 2 * key.Length)];
        }

        block.Prefix.CopyTo(key);
        suffix.CopyTo(key.AsSpan(block.Prefix.Length));
        _ = buffer.AsSpan().Overlaps(value, out valueStart);
        valueLength = value.Length;
        return true;
    }

    private void NextBlock()
    {
        cancellation.ThrowIfCancellationRequested();
        Fill(RunBlock.HeaderBytes);
        var length = RunBlock.LengthOf(Buffered(RunBlock.HeaderBytes));
        if (length < RunBlock.HeaderBytes || length > end - next)
        {
            throw new DamagedBlockException(run.Name, next, "states an impossible length");
        }

        Fill(length);
        var block = Buffered(length);
        run.Reader.Verify(next, block);
        blockStart = (int)(next - bufferOffset);
        blockBytes = length;
        next += length;
        index = 0;
        count = RunBlock.KindOf(block) == RunBlockKind.Data ? new RunBlock(block).Count : 0;
        entries += count;
    }

    private ReadOnlySpan<byte> Buffered(int length) => buffer.AsSpan((int)(next - bufferOffset), length);

    /// <summary>Has at least that many bytes of the next block in the buffer.</summary>
    private void Fill(int length)
    {
        var have = bufferOffset + bufferBytes - next;
        if (have >= length)
        {
            return;
        }

        buffer.AsSpan(bufferBytes - (int)have, (int)have).CopyTo(buffer);
        if (buffer.Length < length)
        {
            Array.Resize(ref buffer, length);
        }

        bufferOffset = next;
        var wanted = (int)Math.Min(buffer.Length - have, end - next - have);
        bufferBytes = (int)have + run.Reader.ReadUnverified(next + have, buffer.AsSpan((int)have, wanted));
        if (bufferBytes < length)
        {
            throw new DamagedBlockException(run.Name, next, "is cut off by the end of the file");
        }
    }

    private void RequireAllEntries()
    {
        if (entries != run.Info.EntryCount)
        {
            throw new DamagedBlockException(
                run.Name, end, $"ends a tree of {entries} entries where the footer counts {run.Info.EntryCount}");
        }
    }
}
