using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Storage.Server.Blobs;

/// <summary>Waits until a directory's entries are on the device: a synced file whose name is lost is lost. Unix only.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnly = 0;

    /// <exception cref="IOException">The system's words.</exception>
    internal static void Run(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // NTFS journals its names, and a directory cannot be opened this way.
        }

        using var directory = new SafeFileHandle(Open(path, ReadOnly), ownsHandle: true);
        if (directory.IsInvalid || FSync(directory) != 0)
        {
            var cause = new Win32Exception(Marshal.GetLastPInvokeError());
            throw new IOException($"Could not sync {path}: {cause.Message}", cause);
        }
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);
}
