using Microsoft.Win32.SafeHandles;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// What one environment's processes print. A process that prints and then answers has printed before it answered: whoever
/// got the answer calls <see cref="Drain"/>, and has all of it.
/// </summary>
internal sealed class OutputPipe(SafePipeHandle handle, Action<ReadOnlySpan<byte>> sink)
{
    /// <summary>A pipe holds less: reading so much takes all that was in it, whoever goes on printing meanwhile.</summary>
    internal const int PipeBytesMax = 1024 * 1024;

    private readonly Lock gate = new();
    private readonly byte[] buffer = new byte[16 * 1024];
    private bool closed;

    internal int Descriptor { get; } = Prepare(handle);

    /// <summary>Gives the sink what is in the pipe, up to a limit. Returns false when no more can come.</summary>
    internal bool Drain(int bytesMax = PipeBytesMax)
    {
        lock (gate)
        {
            var count = 0;
            for (var total = 0; !closed && total < bytesMax; total += count)
            {
                count = Posix.Read(Descriptor, buffer);
                if (count < 0)
                {
                    break;
                }

                if (count == 0)
                {
                    Close();
                }
                else
                {
                    sink(buffer.AsSpan(0, count));
                }
            }

            return !closed;
        }
    }

    /// <summary>Ends reading even if a process still holds the other end.</summary>
    internal void Close()
    {
        lock (gate)
        {
            if (!closed)
            {
                closed = true;
                handle.Dispose();
            }
        }
    }

    private static int Prepare(SafePipeHandle handle)
    {
        var descriptor = (int)handle.DangerousGetHandle();
        Posix.MakeNonBlocking(descriptor);
        return descriptor;
    }
}
