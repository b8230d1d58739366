using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace Storage.Server.Lambda.Environments;

/// <summary>One thread that empties the pipes of all environments, so that nobody who prints a lot has to wait.</summary>
internal sealed class OutputPump : IDisposable
{
    private const int WaitMillisecondsMax = 1000;

    // So that one who prints without end does not keep the thread from the others.
    private const int TurnBytesMax = 128 * 1024;

    private readonly Lock gate = new();
    private readonly List<OutputPipe> pipes = [];
    private readonly AnonymousPipeServerStream bell = new(PipeDirection.Out);
    private readonly AnonymousPipeClientStream bellEnd;
    private readonly Thread thread;
    private bool ending;

    internal OutputPump()
    {
        bellEnd = new AnonymousPipeClientStream(PipeDirection.In, bell.ClientSafePipeHandle);
        Posix.MakeNonBlocking((int)bellEnd.SafePipeHandle.DangerousGetHandle());
        thread = new Thread(Run) { IsBackground = true, Name = "Function output" };
        thread.Start();
    }

    internal void Add(OutputPipe pipe)
    {
        lock (gate)
        {
            pipes.Add(pipe);
        }

        Ring();
    }

    internal void Remove(OutputPipe pipe)
    {
        lock (gate)
        {
            pipes.Remove(pipe);
        }

        // The thread may still wait for its number, given to another file by then; a closed pipe is never read.
        pipe.Close();
        Ring();
    }

    public void Dispose()
    {
        lock (gate)
        {
            ending = true;
        }

        Ring();
        thread.Join();
        bell.Dispose();
        bellEnd.Dispose();
    }

    private void Ring() => bell.Write([1]);

    private void Run()
    {
        var bellDescriptor = (int)bellEnd.SafePipeHandle.DangerousGetHandle();
        var rings = new byte[256];
        var entries = new List<PollEntry>();
        var looked = new List<OutputPipe>();
        while (true)
        {
            entries.Clear();
            looked.Clear();
            entries.Add(new PollEntry { Descriptor = bellDescriptor, Wanted = Posix.PollIn });
            lock (gate)
            {
                if (ending)
                {
                    return;
                }

                foreach (var pipe in pipes)
                {
                    looked.Add(pipe);
                    entries.Add(new PollEntry { Descriptor = pipe.Descriptor, Wanted = Posix.PollIn });
                }
            }

            var polled = CollectionsMarshal.AsSpan(entries);
            Posix.Poll(polled, WaitMillisecondsMax);
            if (polled[0].Seen != 0)
            {
                while (Posix.Read(bellDescriptor, rings) == rings.Length)
                {
                }
            }

            for (var index = 0; index < looked.Count; index++)
            {
                if (polled[index + 1].Seen != 0 && !looked[index].Drain(TurnBytesMax))
                {
                    lock (gate)
                    {
                        pipes.Remove(looked[index]);
                    }
                }
            }
        }
    }
}
