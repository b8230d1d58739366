using System.Globalization;

namespace Storage.Server.Lambda.Environments;

/// <summary>Looks at the resident memory of environments every few milliseconds and kills those over their limit.</summary>
internal sealed class MemorySampler : IDisposable
{
    private const int PeriodMilliseconds = 25;

    private readonly Lock gate = new();
    private readonly List<Watch> watches = [];
    private readonly ManualResetEventSlim some = new();
    private readonly CancellationTokenSource ending = new();
    private readonly Thread thread;

    internal MemorySampler()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "Function memory" };
        thread.Start();
    }

    internal Watch Add(int processId, bool ownSession, long bytesMax, Action kill)
    {
        var watch = new Watch(processId, ownSession, bytesMax, kill);
        lock (gate)
        {
            watches.Add(watch);
            some.Set();
        }

        return watch;
    }

    internal void Remove(Watch watch)
    {
        lock (gate)
        {
            watches.Remove(watch);
            if (watches.Count == 0)
            {
                some.Reset();
            }
        }
    }

    public void Dispose()
    {
        ending.Cancel();
        thread.Join();
        ending.Dispose();
        some.Dispose();
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                some.Wait(ending.Token);
                Look();
                ending.Token.WaitHandle.WaitOne(PeriodMilliseconds);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private void Look()
    {
        Watch[] looked;
        lock (gate)
        {
            looked = [.. watches];
        }

        // One process is the rule, and cheap; all of /proc is only read for sessions, every fourth time.
        foreach (var watch in looked)
        {
            var bytes = ResidentBytes(watch.ProcessId);
            if (watch.OwnSession && watch.Looks++ % 4 == 0)
            {
                bytes = Math.Max(bytes, ProcessTable.Session(watch.ProcessId).Sum(ResidentBytes));
            }

            watch.PeakBytes = Math.Max(watch.PeakBytes, bytes);
            if (bytes > watch.BytesMax)
            {
                watch.Kill();
            }
        }
    }

    private static long ResidentBytes(int processId)
    {
        try
        {
            var fields = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/statm")).Split(' ');
            return long.Parse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>One environment's process, or all of its session.</summary>
    internal sealed class Watch(int processId, bool ownSession, long bytesMax, Action kill)
    {
        private long peakBytes;

        internal int ProcessId => processId;

        internal bool OwnSession => ownSession;

        internal long BytesMax => bytesMax;

        internal Action Kill => kill;

        internal int Looks { get; set; }

        internal long PeakBytes
        {
            get => Volatile.Read(ref peakBytes);
            set => Volatile.Write(ref peakBytes, value);
        }
    }
}
