using System.Collections.Concurrent;
using System.Diagnostics;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// The thread all processes are started from. The signal a child gets when its parent dies comes when the *thread* that
/// started it ends, and threads of the pool end whenever there is little to do.
/// </summary>
internal sealed class SpawnThread : IDisposable
{
    private const int WaitingMax = 10_000;

    private readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Done)> waiting = new(WaitingMax);
    private readonly Thread thread;

    internal SpawnThread()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "Function starts" };
        thread.Start();
    }

    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    internal Task<Process> StartAsync(ProcessStartInfo start)
    {
        var done = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.Add((start, done));
        return done.Task;
    }

    public void Dispose()
    {
        waiting.CompleteAdding();
        thread.Join();
        waiting.Dispose();
    }

    private void Run()
    {
        foreach (var (start, done) in waiting.GetConsumingEnumerable())
        {
            try
            {
                done.SetResult(Process.Start(start)!);
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        }
    }
}
