using Microsoft.Win32.SafeHandles;

namespace Storage.Engine.Files;

/// <summary>A file on disk through positioned reads and writes; safe for many readers beside one writer.</summary>
internal sealed class DiskFile(SafeFileHandle handle, string path) : IStoreFile
{
    /// <inheritdoc />
    public long LengthBytes => RandomAccess.GetLength(handle);

    /// <inheritdoc />
    public int Read(long offset, Span<byte> destination)
    {
        var total = 0;
        while (total < destination.Length)
        {
            var read = RandomAccess.Read(handle, destination[total..], offset + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    /// <inheritdoc />
    public void Write(long offset, ReadOnlySpan<byte> source) => RandomAccess.Write(handle, source, offset);

    /// <inheritdoc />
    public void Sync()
    {
        // On Linux fdatasync leaves out the time stamps, whose flushing would cost a journal commit each time.
        // Elsewhere the class library's flush is the strong one (F_FULLFSYNC on macOS, FlushFileBuffers on Windows).
        if (OperatingSystem.IsLinux())
        {
            UnixCalls.SyncData(handle, path);
        }
        else
        {
            RandomAccess.FlushToDisk(handle);
        }
    }

    /// <inheritdoc />
    public void SetLength(long lengthBytes) => RandomAccess.SetLength(handle, lengthBytes);

    /// <inheritdoc />
    public void Dispose() => handle.Dispose();
}
