using Storage.Engine.Encoding;

namespace Storage.Engine.Partitions;

/// <summary>The index entries that one change adds and removes, being collected. Reusable.</summary>
internal sealed class IndexDeltas
{
    private byte[] bytes = [];
    private int length;

    internal ReadOnlySpan<byte> Written => bytes.AsSpan(0, length);

    internal void Clear() => length = 0;

    /// <summary>Adds an entry; an empty image removes the key. Layout as <see cref="IndexDelta.Read"/> reads it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The key is too long to be applied: it must not reach the log.</exception>
    internal void Add(ReadOnlySpan<byte> key, int oldSizeBytes, int newSizeBytes, ReadOnlySpan<byte> image)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, SortedMemory.KeyBytesMax, nameof(key));
        var needed = length + key.Length + image.Length + (4 * VarInt.BytesMax);
        if (needed > bytes.Length)
        {
            Array.Resize(ref bytes, Math.Max(needed, bytes.Length * 2));
        }

        WriteBlock(key);
        length += VarInt.Write(bytes.AsSpan(length), oldSizeBytes);
        length += VarInt.Write(bytes.AsSpan(length), newSizeBytes);
        WriteBlock(image);
    }

    private void WriteBlock(ReadOnlySpan<byte> block)
    {
        length += VarInt.Write(bytes.AsSpan(length), block.Length);
        block.CopyTo(bytes.AsSpan(length));
        length += block.Length;
    }
}
