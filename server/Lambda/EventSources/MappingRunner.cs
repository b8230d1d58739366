using System.Threading.Channels;

namespace Storage.Server.Lambda.EventSources;

/// <summary>
/// Leads one mapping from the state it is in to the one that its user wants, and keeps its workers accordingly. Looks at
/// the mapping again whenever it is woken: by a change, or by the end of its workers.
/// </summary>
internal sealed class MappingRunner(MappingWork work, TimeSpan stopGrace) : IDisposable
{
    // Wakes that come while one waits are one.
    private readonly Channel<bool> woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropWrite,
    });

    private ShardWorkers? workers;
    private ITimer? grace;
    private long followed = -1;

    internal void Wake() => woken.Writer.TryWrite(true);

    /// <summary>Completes when the mapping was removed, or when stopped.</summary>
    internal async Task RunAsync(CancellationToken stopping)
    {
        var troubles = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (!await StepAsync(stopping))
                {
                    return;
                }

                troubles = 0;
                await woken.Reader.ReadAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception trouble)
            {
                await work.ReportAsync($"{trouble.GetType()}: {trouble.Message}");
                await WaitAsync(work.BackoffAfter(++troubles), stopping);
            }
        }

        await StopAsync();
    }

    public void Dispose()
    {
        grace?.Dispose();
        workers?.Dispose();
        work.Dispose();
    }

    /// <summary>Does what the mapping's state asks for as far as that can be done now; false when the mapping is gone.</summary>
    private async ValueTask<bool> StepAsync(CancellationToken stopping)
    {
        if (await work.Table.FindAsync(work.Uuid, stopping) is not { } mapping)
        {
            return false;
        }

        if (mapping.State == MappingState.Deleting)
        {
            return !await RemoveAsync(mapping);
        }

        if (!mapping.IsEnabled)
        {
            if (HaveEnded())
            {
                await SettleAsync(mapping, mapping with { State = MappingState.Disabled }, stopping);
            }

            return true;
        }

        if (mapping.Start is null)
        {
            // One write fixes where the mapping starts and makes it Enabled; only then is anything read.
            if (await work.Streams.FindAsync(mapping.EventSourceArn, stopping) is null)
            {
                await work.SetResultAsync(MappingWork.StreamMissing, stopping);
                return true;
            }

            mapping = mapping with
            {
                Start = await work.Streams.ResolveAsync(mapping.EventSourceArn, mapping.StartingPosition, stopping),
                State = MappingState.Enabling,
            };
        }

        if (workers is not null)
        {
            Follow(mapping); // Before it shows as Enabled again.
        }

        if (mapping.State != MappingState.Enabled)
        {
            if (await SettleAsync(mapping, mapping with { State = MappingState.Enabled }, stopping) is not { } enabled)
            {
                return true; // The user changed it meanwhile, which woke this runner.
            }

            followed = followed == mapping.Revision ? enabled.Revision : followed;
            mapping = enabled;
        }

        await FollowAsync(mapping, stopping);
        return true;
    }

    private async ValueTask<EventSourceMapping?> SettleAsync(
        EventSourceMapping old, EventSourceMapping settled, CancellationToken cancellation) => old.State == settled.State
            ? old
            : (await work.Table.ReplaceAsync(old, settled, cancellation)).Written;

    private void Follow(EventSourceMapping mapping)
    {
        if (followed != mapping.Revision)
        {
            work.Follow(mapping);
            followed = mapping.Revision;
        }
    }

    /// <summary>Gives the workers the mapping as it is now; another number of lanes needs other workers.</summary>
    private async ValueTask FollowAsync(EventSourceMapping mapping, CancellationToken stopping)
    {
        Follow(mapping);
        if (workers is not null)
        {
            var isToRestart = workers.IsStopped || workers.Factor != mapping.ParallelizationFactor;
            if (!isToRestart || !HaveEnded())
            {
                return; // They run, or the stream has ended; or their end will wake this runner.
            }
        }

        if (await work.Streams.FindAsync(mapping.EventSourceArn, stopping) is not { } shardIds)
        {
            await work.SetResultAsync(MappingWork.StreamMissing, stopping);
            return;
        }

        workers = await ShardWorkers.StartAsync(work, shardIds, stopping);
        _ = WakeAfterAsync(workers.Completion);
    }

    /// <summary>Stops the workers; true when none is left. Until then their end will wake this runner.</summary>
    private bool HaveEnded()
    {
        if (workers is null)
        {
            return true;
        }

        workers.Stop();
        if (!workers.Completion.IsCompleted)
        {
            return false;
        }

        workers.Dispose();
        workers = null;
        return true;
    }

    /// <summary>Removes a mapping when its workers have ended, for which they have a while; true when it is gone.</summary>
    private async ValueTask<bool> RemoveAsync(EventSourceMapping mapping)
    {
        if (!HaveEnded())
        {
            var ending = workers!;
            grace ??= work.Time.CreateTimer(_ => ending.Abandon(), null, stopGrace, Timeout.InfiniteTimeSpan);
            return false;
        }

        await work.Table.RemoveAsync(mapping, CancellationToken.None);
        return true;
    }

    /// <summary>Ends the workers: calls under way have a while to end by themselves.</summary>
    private async Task StopAsync()
    {
        if (workers is null)
        {
            return;
        }

        workers.Stop();
        try
        {
            await workers.Completion.WaitAsync(stopGrace, work.Time);
        }
        catch (TimeoutException)
        {
            workers.Abandon();
            await workers.Completion;
        }
    }

    private async Task WakeAfterAsync(Task ended)
    {
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Wake();
    }

    private async Task WaitAsync(TimeSpan pause, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(pause, work.Time, stopping);
        }
        catch (OperationCanceledException)
        {
            // The loop ends.
        }
    }
}
