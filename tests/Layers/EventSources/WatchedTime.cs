using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Storage.Layers.Tests.EventSources;

/// <summary>A clock that the test moves, and which tells for how long anybody waits on it.</summary>
internal sealed class WatchedTime() : FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero))
{
    private readonly ConcurrentQueue<TimeSpan> waits = new();

    /// <summary>Every wait that was begun, in order.</summary>
    internal IReadOnlyList<TimeSpan> Waits => [.. waits];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        waits.Enqueue(dueTime); // Only now will the clock's next move end it.
        return timer;
    }

    /// <summary>Waits until somebody has begun the n-th wait, then lets it pass.</summary>
    internal async Task PassAsync(int wait)
    {
        await Eventually.TrueAsync(() => Waits.Count >= wait, () => $"{Waits.Count} waits, not {wait}");
        Advance(Waits[wait - 1]);
    }
}
