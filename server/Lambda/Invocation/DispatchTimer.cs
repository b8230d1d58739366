using System.Threading.Channels;

namespace Storage.Server.Lambda.Invocation;

/// <summary>Wakes the dispatcher of asynchronous calls: at once, or when the next event is due.</summary>
internal sealed class DispatchTimer : IAsyncDisposable
{
    /// <summary>For a clock that was set, or a machine that slept; all else wakes the dispatcher.</summary>
    private static readonly TimeSpan SafetyNet = TimeSpan.FromMinutes(1);

    // Wakes that come while the dispatcher works are one.
    private readonly Channel<bool> wakes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly TimeProvider time;
    private readonly ITimer timer;

    internal DispatchTimer(TimeProvider time)
    {
        this.time = time;
        timer = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal void Wake() => wakes.Writer.TryWrite(true);

    /// <summary>Completes when woken, now or before.</summary>
    internal async ValueTask WaitAsync(CancellationToken stopping) => await wakes.Reader.ReadAsync(stopping);

    /// <summary>Wakes at a moment; before, too, when that is far away.</summary>
    internal void WakeAt(DateTimeOffset due)
    {
        var now = time.GetUtcNow();
        var latest = now + SafetyNet;
        var next = due < latest ? due : latest;
        if (next > now)
        {
            timer.Change(next - now, Timeout.InfiniteTimeSpan);
        }

        // Time that went by before the timer was set, it does not know of.
        if (time.GetUtcNow() >= next)
        {
            Wake();
        }
    }

    public ValueTask DisposeAsync() => timer.DisposeAsync();
}
