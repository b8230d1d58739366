using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Storage.Bench.Capacity;

/// <summary>The operating system's memory of files, which makes a second reading faster than the first.</summary>
internal static partial class PageCache
{
    private const int DontNeed = 4; // POSIX_FADV_DONTNEED

    /// <summary>Makes the next reads of a directory's files go to the device. Linux only; elsewhere nothing happens.</summary>
    internal static void Drop(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        foreach (var path in Directory.GetFiles(directory))
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            RandomAccess.FlushToDisk(handle); // dirty pages would stay
            if (Advise(handle, 0, 0, DontNeed) != 0)
            {
                throw new InvalidOperationException($"The page cache of {path} cannot be dropped.");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle handle, long offset, long length, int advice);
}
