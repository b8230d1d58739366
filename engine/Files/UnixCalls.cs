using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Storage.Engine.Files;

/// <summary>The system calls of Unix that the class library does not offer. Failures are IOExceptions with the system's text.</summary>
internal static partial class UnixCalls
{
    private const int ReadOnly = 0;

    /// <summary>Waits until the file's data, and what is needed to read it back, is on the device.</summary>
    internal static void SyncData(SafeFileHandle file, string name)
    {
        if (FDataSync(file) != 0)
        {
            throw Failure("sync", name);
        }
    }

    /// <summary>Waits until the entries of a directory are on the device.</summary>
    internal static void SyncDirectory(string path)
    {
        using var directory = OpenToRead(path);
        if (FSync(directory) != 0)
        {
            throw Failure("sync", path);
        }
    }

    /// <summary>
    /// Opens without taking a lock. The class library asks for a shared lock even to read, and so cannot read a file
    /// that another process holds exclusively.
    /// </summary>
    internal static SafeFileHandle OpenToRead(string path)
    {
        var descriptor = Open(path, ReadOnly);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure("open", path);
    }

    private static IOException Failure(string operation, string name)
    {
        var cause = new Win32Exception(Marshal.GetLastPInvokeError());
        return new IOException($"Could not {operation} {name}: {cause.Message}", cause);
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);
}
