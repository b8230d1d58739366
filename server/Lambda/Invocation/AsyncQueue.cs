using Storage.Engine;
using Storage.Server.Aws;
using Storage.Server.Blobs;
using Storage.Server.Contracts;

namespace Storage.Server.Lambda.Invocation;

/// <summary>
/// Asynchronous calls: stored before they are answered, run when they are due, kept until a run has a result. So an event
/// runs at least once, also over a kill of the server, and may run twice; a run that was cut off counts as an attempt.
/// Each function has a lane, begun in the order of its events (their ends, and retries, come in any order); lanes take
/// turns, so a function with many events does not hold up the others.
/// <para>While a function is throttled its lane waits, with its events where they are: none uses up an attempt.</para>
/// </summary>
internal sealed class AsyncQueue : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, EventLane> lanes = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stopping = new();
    private readonly RunCount runs = new();
    private readonly TimeProvider time;
    private readonly EventTable table;
    private readonly EventLaneReader reader;
    private readonly EventRun run;
    private readonly IFunctionCatalog catalog;
    private readonly ConcurrencyPool pool;
    private readonly LambdaOptions options;
    private readonly TextWriter log;
    private DispatchTimer? timer;
    private Task? dispatching;
    private EventLane[] turns = [];
    private long sequence;
    private int running;
    private int disposals;
    private volatile bool anyThrottled;
    private volatile bool leaseReturned;

    internal AsyncQueue(
        Store store,
        BlobStore blobs,
        IFunctionCatalog catalog,
        IExecutor executor,
        ConcurrencyPool pool,
        ILogWriter logs,
        LambdaOptions options,
        TextWriter log)
    {
        time = store.Options.Time;
        table = new EventTable(store, blobs);
        this.catalog = catalog;
        this.pool = pool;
        this.options = options;
        this.log = log;
        reader = new EventLaneReader(table, gate, options.AsyncBackoffMin, log);
        run = new EventRun(table, catalog, executor, logs, options, time, log)
        {
            ToSortKey = NextSortKey,
            Moved = Note,
        };
    }

    /// <summary>Events that run at once, all functions together; at most half of them are one function's while it is alone.</summary>
    internal int RunsMax { get; init; } = 256;

    /// <summary>Events kept in memory, without payload; those that run are not among them.</summary>
    internal int EventsInMemory
    {
        get
        {
            lock (gate)
            {
                return lanes.Values.Sum(lane => lane.Ahead);
            }
        }
    }

    /// <summary>Goes on with what is in the queue, and runs events from here on.</summary>
    internal async ValueTask StartAsync(CancellationToken cancellation)
    {
        await table.EnsureAsync(cancellation);
        await foreach (var function in table.ReadLanesAsync(cancellation))
        {
            if (await reader.HasEventsAsync(function, cancellation))
            {
                lanes[function] = new EventLane(function, EventLane.Start);
            }
            else
            {
                await table.DeleteLaneAsync(function, cancellation);
            }
        }

        turns = [.. lanes.Values];
        timer = new DispatchTimer(time);
        catalog.Changed += OnFunctionChanged;
        pool.Released += OnLeaseReturned;
        dispatching = Task.Run(() => DispatchAsync(timer), CancellationToken.None);
        Wake();
    }

    /// <summary>Stores a call of a function; it is durable when this completes.</summary>
    /// <param name="function">As the call found it. The version or alias it named is looked up again at every attempt.</param>
    /// <param name="payload">JSON.</param>
    /// <param name="traceId">X-Ray's header of the call, or null.</param>
    /// <param name="cancellation">Not heeded once storing began: an event that is stored must be known.</param>
    /// <returns>The request id of all its attempts, a UUID.</returns>
    internal async ValueTask<string> EnqueueAsync(
        ResolvedFunction function, ReadOnlyMemory<byte> payload, string? traceId, CancellationToken cancellation)
    {
        var name = function.Version.Name;
        var qualifier = QualifierOf(function);
        var config = await catalog.FindEventInvokeConfigAsync(name, qualifier, cancellation);
        var age = config?.MaximumEventAgeSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.AsyncEventAgeMax;
        cancellation.ThrowIfCancellationRequested();
        var now = time.GetUtcNow();
        var requestId = Guid.NewGuid().ToString();
        var queued = new QueuedEvent(name, NextSortKey(now.ToUnixTimeMilliseconds(), requestId))
        {
            RequestId = requestId,
            Qualifier = qualifier,
            DeadlineMs = (now + age).ToUnixTimeMilliseconds(),
            TraceId = traceId,
        };
        bool isNewLane;
        lock (gate)
        {
            isNewLane = !lanes.ContainsKey(name);
        }

        await table.AddAsync(queued, payload, isNewLane, CancellationToken.None);
        Note(queued);
        return requestId;
    }

    /// <summary>Stops running events, and ends those that run: they stay in the queue, for the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Increment(ref disposals) > 1)
        {
            return;
        }

        catalog.Changed -= OnFunctionChanged;
        pool.Released -= OnLeaseReturned;
        await stopping.CancelAsync();
        if (dispatching is not null)
        {
            await dispatching;
        }

        await runs.CloseAsync();
        if (timer is not null)
        {
            await timer.DisposeAsync();
        }

        stopping.Dispose();
    }

    private async Task DispatchAsync(DispatchTimer wakes)
    {
        while (!stopping.IsCancellationRequested)
        {
            var due = DateTimeOffset.MaxValue;
            try
            {
                await wakes.WaitAsync(stopping.Token);
                due = await DispatchDueAsync();
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                await log.WriteLineAsync($"The queue of asynchronous calls goes on after a failure: {error}");
            }

            wakes.WakeAt(due);
        }
    }

    /// <summary>Begins all runs that may begin now, one lane after the other, and says when the next is due.</summary>
    private async ValueTask<DateTimeOffset> DispatchDueAsync()
    {
        bool again;
        DateTimeOffset next;
        do
        {
            var retriesThrottled = leaseReturned;
            leaseReturned = false;
            again = false;
            next = DateTimeOffset.MaxValue;
            foreach (var lane in turns)
            {
                stopping.Token.ThrowIfCancellationRequested();
                var (began, due) = await StepAsync(lane, retriesThrottled);
                again |= began;
                next = Earlier(next, due);
            }

            // A lease that came back before the mark was set woke nobody, but it was noted: hence the second look.
            anyThrottled = IsAnyThrottled();
            again |= anyThrottled && leaseReturned;
        }
        while (again);
        return next;
    }

    /// <summary>Begins a lane's next run if it may begin; else says when to look again.</summary>
    private async ValueTask<(bool Began, DateTimeOffset Next)> StepAsync(EventLane lane, bool retriesThrottled)
    {
        var now = time.GetUtcNow();
        lock (gate)
        {
            if (lane.NotBefore > now)
            {
                return (false, lane.NotBefore);
            }

            var look = Earlier(lane.RetryAt ?? default, DeadlineOf(lane.Peek()));
            if (!retriesThrottled && look > now)
            {
                return (false, look);
            }
        }

        if (!await reader.EnsureHeadKnownAsync(lane, now, stopping.Token))
        {
            return (false, now + options.AsyncBackoffMin);
        }

        // Only this loop takes events from a lane, so the head stays in it. The catalog and the pool are asked outside of
        // the lock, which their events' handlers take.
        QueuedEvent? head;
        lock (gate)
        {
            head = lane.Peek();

            // The more slots are taken, the fewer one lane may have: whoever comes next finds some free.
            if (head is null || lane.Running >= RunsMax - running)
            {
                return (false, DateTimeOffset.MaxValue); // The end of a run, or a new event, wakes.
            }
        }

        var due = DateTimeOffset.FromUnixTimeMilliseconds(head.DueMs);
        if (due > now)
        {
            return (false, due);
        }

        AwsFault? refusal = null;
        var reason = run.ReasonToDrop(head, now);
        var lease = reason is null ? pool.TryTake(head.Function, out refusal) : null;
        lock (gate)
        {
            if (refusal is not null)
            {
                lane.Throttle(now, options.AsyncBackoffMin, options.AsyncBackoffMax);
                return (false, Earlier(lane.RetryAt!.Value, DeadlineOf(head)));
            }

            if (lease is not null)
            {
                lane.EndThrottle();
            }

            lane.Take(head);
            running++;
        }

        runs.Enter();
        _ = Task.Run(() => RunAsync(lane, head, lease, reason), CancellationToken.None);
        return (true, DateTimeOffset.MaxValue);
    }

    /// <summary>Owns the lease, the slot and the event's place in its lane; never throws.</summary>
    private async Task RunAsync(EventLane lane, QueuedEvent head, ConcurrencyLease? lease, string? reasonToDrop)
    {
        var isDone = false;
        try
        {
            if (lease is not null)
            {
                await run.RunAsync(head, lease, stopping.Token);
            }
            else
            {
                await run.DropAsync(head, reasonToDrop!, stopping.Token);
            }

            isDone = true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // It stays in the table; its attempt is counted there.
        }
        catch (Exception error)
        {
            await log.WriteLineAsync($"Asynchronous call {head.RequestId} of {head.Function} stays in the queue: {error}");
        }
        finally
        {
            lock (gate)
            {
                running--;
                if (isDone)
                {
                    lane.Finish(head);
                }
                else
                {
                    lane.GiveBack(head);
                    lane.NotBefore = time.GetUtcNow() + options.AsyncBackoffMin;
                }
            }

            // After its event is back in the lane, or the next one would overtake it.
            lease?.Dispose();
            runs.Leave();
            Wake();
        }
    }

    private bool IsAnyThrottled()
    {
        lock (gate)
        {
            return Array.Exists(turns, lane => lane.RetryAt is not null);
        }
    }

    private void Note(QueuedEvent queued)
    {
        lock (gate)
        {
            if (!lanes.TryGetValue(queued.Function, out var lane))
            {
                lanes[queued.Function] = lane = new EventLane(queued.Function, horizon: null);
                turns = [.. turns, lane];
            }

            lane.Note(queued);
        }

        Wake();
    }

    private string NextSortKey(long dueMs, string requestId) =>
        QueuedEvent.ToSortKey(dueMs, Interlocked.Increment(ref sequence), requestId);

    private static string? QualifierOf(ResolvedFunction function)
    {
        var (arn, invoked) = (function.Version.Arn, function.InvokedArn);
        return invoked.Length > arn.Length + 1 ? invoked[(arn.Length + 1)..] : null;
    }

    private static DateTimeOffset DeadlineOf(QueuedEvent? queued) =>
        queued is null ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeMilliseconds(queued.DeadlineMs);

    private void OnFunctionChanged(string function)
    {
        lock (gate)
        {
            if (!lanes.TryGetValue(function, out var lane))
            {
                return;
            }

            lane.EndThrottle();
        }

        Wake();
    }

    private void OnLeaseReturned()
    {
        leaseReturned = true;
        if (anyThrottled)
        {
            Wake();
        }
    }

    private void Wake() => timer?.Wake();

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;
}
