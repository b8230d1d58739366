using Storage.Engine.Log;

namespace Storage.Engine.Tables;

/// <summary>
/// Sweeps in the background: sleeps until something expires, whichever table it is in, and no less than a period between
/// two sweeps. Without a table with time to live it sets no timer at all.
/// </summary>
internal sealed class ExpirySweeper(ExpirySweep sweep, ExpirySignal signal, StoreLog log, TimeSpan period, TimeProvider time)
{
    /// <summary>Longest sleep: timers do not follow a clock that is set, and looking whether something is due costs nothing.</summary>
    private static readonly TimeSpan SleepMax = TimeSpan.FromMinutes(1);

    /// <summary>Rest after a sweep that could not do all: what stands in its way will not be gone at once.</summary>
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMinutes(1);

    /// <summary>Runs until cancelled, or until writes have stopped for good.</summary>
    internal async Task RunAsync(CancellationToken closing)
    {
        var pause = TimeSpan.Zero;
        var swept = time.GetTimestamp();
        while (true)
        {
            await SleepAsync(swept, pause, closing).ConfigureAwait(false);
            pause = await TrySweepAsync(closing).ConfigureAwait(false);
            if (log.Poison is not null)
            {
                return;
            }

            swept = time.GetTimestamp();
        }
    }

    /// <summary>Returns how long to rest.</summary>
    private async ValueTask<TimeSpan> TrySweepAsync(CancellationToken closing)
    {
        try
        {
            await sweep.RunAsync(closing).ConfigureAwait(false);
            return sweep.HasLeftovers && period < PauseAfterFailure ? PauseAfterFailure : period;
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            // The store's own answers tell of it. What was not removed is still due.
            return period < PauseAfterFailure ? PauseAfterFailure : period;
        }
    }

    /// <summary>Completes when something is due and the pause since the last sweep is over.</summary>
    private async ValueTask SleepAsync(long swept, TimeSpan pause, CancellationToken closing)
    {
        while (true)
        {
            closing.ThrowIfCancellationRequested();
            signal.Arm();
            var next = sweep.NextSeconds;
            signal.Await(next);
            if (next == long.MaxValue)
            {
                await signal.Woken.WaitAsync(closing).ConfigureAwait(false);
                continue;
            }

            using var sleep = CancellationTokenSource.CreateLinkedTokenSource(closing);
            var left = Left(next, swept, pause);
            var slept = Task.Delay(left < SleepMax ? left : SleepMax, time, sleep.Token);

            // A clock that moved before the timer was set did not move the timer.
            if (Left(next, swept, pause) <= TimeSpan.Zero)
            {
                await sleep.CancelAsync().ConfigureAwait(false);
                return;
            }

            await Task.WhenAny(slept, signal.Woken).ConfigureAwait(false);
            await sleep.CancelAsync().ConfigureAwait(false);
        }
    }

    private TimeSpan Left(long next, long swept, TimeSpan pause)
    {
        var untilDue = DateTimeOffset.FromUnixTimeSeconds(Math.Min(next, ExpiryTime.SecondsMax)) - time.GetUtcNow();
        var rest = pause - time.GetElapsedTime(swept);
        var left = untilDue > rest ? untilDue : rest;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
