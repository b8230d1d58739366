using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Storage.Server.Lambda.Environments;

/// <summary>The system calls for pipes and signals that the class library does not offer. Linux only.</summary>
internal static partial class Posix
{
    internal const short PollIn = 1;

    private const int Kill9 = 9;
    private const int SetFlags = 4;
    private const int GetFlags = 3;
    private const int NonBlocking = 0x800;
    private const int TryAgain = 11;
    private const int Interrupted = 4;

    /// <summary>Kills one process; that it is gone already is fine.</summary>
    internal static void Kill(int processId) => _ = SendSignal(processId, Kill9);

    /// <summary>Kills a process group; that it is gone already is fine.</summary>
    internal static void KillGroup(int groupId) => _ = SendSignal(-groupId, Kill9);

    internal static void MakeNonBlocking(int descriptor)
    {
        if (Control(descriptor, SetFlags, Control(descriptor, GetFlags, 0) | NonBlocking) < 0)
        {
            throw new IOException("Could not change a pipe's mode", new Win32Exception(Marshal.GetLastPInvokeError()));
        }
    }

    /// <summary>What is in a non-blocking pipe now: a count of bytes, 0 at its end, -1 when it is empty.</summary>
    internal static unsafe int Read(int descriptor, Span<byte> target)
    {
        while (true)
        {
            fixed (byte* bytes = target)
            {
                var count = ReadBytes(descriptor, bytes, (nuint)target.Length);
                if (count >= 0)
                {
                    return (int)count;
                }
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    continue;
                case TryAgain:
                    return -1;
                default:
                    return 0;
            }
        }
    }

    /// <summary>Waits until one of the descriptors has something to read, or its other end is closed.</summary>
    internal static unsafe void Poll(Span<PollEntry> entries, int millisecondsMax)
    {
        fixed (PollEntry* first = entries)
        {
            _ = Poll(first, (nuint)entries.Length, millisecondsMax);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint ReadBytes(int descriptor, byte* target, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static unsafe partial int Poll(PollEntry* entries, nuint count, int millisecondsMax);
}

/// <summary><c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    internal int Descriptor;
    internal short Wanted;
    internal short Seen;
}
