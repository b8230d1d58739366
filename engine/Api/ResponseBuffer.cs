using System.Buffers;

namespace Storage.Engine.Api;

/// <summary>
/// One answer's body in one pooled array: whole before it is sent, because x-amz-crc32 and Content-Length precede it.
/// Not for use by two threads at a time.
/// </summary>
public sealed class ResponseBuffer : IBufferWriter<byte>, IDisposable
{
    private const int InitialBytes = 4096;

    private byte[] bytes = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int length;

    /// <summary>What was written so far; valid until the next write or dispose.</summary>
    public ReadOnlyMemory<byte> Written => bytes.AsMemory(0, length);

    /// <summary>CRC-32 (IEEE 802.3) of the bytes written, the value of x-amz-crc32.</summary>
    public uint Crc32 => System.IO.Hashing.Crc32.HashToUInt32(bytes.AsSpan(0, length));

    /// <summary>Forgets what was written.</summary>
    public void Clear() => length = 0;

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, bytes.Length - length);
        length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return bytes.AsMemory(length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return bytes.AsSpan(length);
    }

    /// <summary>Returns the array to the pool; the buffer is empty and unusable afterwards.</summary>
    public void Dispose()
    {
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
            bytes = [];
            length = 0;
        }
    }

    private void MakeRoom(int sizeHint)
    {
        ObjectDisposedException.ThrowIf(bytes.Length == 0, this);
        var needed = Math.Max(sizeHint, 1);
        if (bytes.Length - length < needed)
        {
            var grown = ArrayPool<byte>.Shared.Rent(checked((int)Math.Max((long)length + needed, 2L * bytes.Length)));
            bytes.AsSpan(0, length).CopyTo(grown);
            ArrayPool<byte>.Shared.Return(bytes);
            bytes = grown;
        }
    }
}
