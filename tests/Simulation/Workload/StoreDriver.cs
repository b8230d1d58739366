using Storage.Engine;
using Storage.Engine.Files;
using Storage.Engine.Recovery;
using Storage.Simulation.Device;
using Storage.Simulation.Rig;

namespace Storage.Simulation.Workload;

/// <summary>Gives operations to a store, many at once when told so, and notes in the trace when each was given and answered.</summary>
internal sealed class StoreDriver(FileTrace trace, SimulatedClock clock)
{
    private readonly List<Task> running = [];
    private readonly List<Operation> operations = [];
    private readonly List<(int Index, DateTimeOffset Time)> times = [];
    private readonly FeedFollower follower = new(trace);

    /// <summary>The store operations go to.</summary>
    internal Store Store { get; private set; } = null!;

    /// <summary>What makes the store's checkpoints.</summary>
    internal Checkpointer Checkpointer { get; private set; } = null!;

    internal IReadOnlyList<Operation> Operations => operations;

    /// <summary>Operations given and not yet answered.</summary>
    internal int Running => running.RemoveAll(task => task.IsCompleted) >= 0 ? running.Count : 0;

    internal int NextId => operations.Count + 1;

    internal SimulatedClock Clock => clock;

    /// <summary>What a reader of the streams was shown, live after live.</summary>
    internal FeedFollower Follower => follower;

    /// <summary>Moves the clock.</summary>
    internal void Advance(TimeSpan by)
    {
        // Before the clock: nothing that happened up to here knew the new time.
        times.Add((trace.Count, clock.Now + by));
        clock.Advance(by);
    }

    /// <summary>The time no later than which the store did its first so many inputs and outputs.</summary>
    internal DateTimeOffset TimeAt(int index) => times.FindLast(time => time.Index <= index).Time;

    /// <summary>Opens a store to give operations to.</summary>
    internal void Open(IStoreFiles files, int partitions)
    {
        if (times.Count == 0)
        {
            times.Add((0, clock.Now));
        }

        (Store, Checkpointer) = SimulatedStore.Open(files, clock, partitions);
        trace.Mark(TraceMark.Opened, 0);
    }

    /// <summary>Lets a checkpoint or a merge happen beside the operations.</summary>
    internal void StartUpkeep(Func<Checkpointer, Task> upkeep) => running.Add(UpkeepAsync(upkeep));

    /// <summary>Lets what has expired be removed beside the operations.</summary>
    internal void StartSweep()
    {
        var store = Store;
        StartUpkeep(_ => store.SweepExpiredAsync().AsTask());
    }

    /// <summary>Lets somebody read the streams beside the operations.</summary>
    internal void StartReading()
    {
        var store = Store;
        StartUpkeep(_ => follower.ReadAsync(store));
    }

    /// <summary>Why a checkpoint, a merge, a sweep or a reader failed; null while none did.</summary>
    internal Exception? UpkeepFailure { get; private set; }

    /// <summary>Gives an operation to the store and does not wait for the answer.</summary>
    internal void Start(Operation operation)
    {
        operation.Time = clock.Now;
        operations.Add(operation);
        trace.Mark(TraceMark.Issued, operation.Id);
        running.Add(RunAsync(operation));
    }

    /// <summary>Gives an operation to the store and waits for the answer.</summary>
    internal Task RunToEndAsync(Operation operation)
    {
        Start(operation);
        return SettleAsync();
    }

    /// <summary>Waits until everything given is answered.</summary>
    internal async Task SettleAsync()
    {
        await Task.WhenAll(running).ConfigureAwait(false);
        running.Clear();
    }

    private async Task UpkeepAsync(Func<Checkpointer, Task> upkeep)
    {
        try
        {
            await Task.Yield();
            await upkeep(Checkpointer).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            UpkeepFailure = failure;
        }
    }

    private async Task RunAsync(Operation operation)
    {
        try
        {
            operation.Answer = await StoreCall.RunAsync(Store, operation).ConfigureAwait(false);
            trace.Mark(TraceMark.Answered, operation.Id);
        }
        catch (Exception failure)
        {
            operation.Failure = failure;
        }
    }
}
