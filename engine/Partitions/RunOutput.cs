using Storage.Engine.Files;

namespace Storage.Engine.Partitions;

/// <summary>Gathers a file's bytes, in order, into few large writes.</summary>
internal sealed class RunOutput(IStoreFile file)
{
    private const int BufferBytes = 256 * 1024;

    private readonly byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private long written;
    private int used;

    /// <summary>Where the next byte goes.</summary>
    internal long Position => written + used;

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(bytes.Length, BufferBytes - used)];
            part.CopyTo(buffer.AsSpan(used));
            used += part.Length;
            bytes = bytes[part.Length..];
            if (used == BufferBytes)
            {
                Flush();
            }
        }
    }

    internal void Flush()
    {
        file.Write(written, buffer.AsSpan(0, used));
        written += used;
        used = 0;
    }
}
