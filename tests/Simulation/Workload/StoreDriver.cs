using Storage.Engine;
using Storage.Simulation.Device;
using Storage.Simulation.Rig;

namespace Storage.Simulation.Workload;

/// <summary>Gives operations to a store, many at once when told so, and notes in the trace when each was given and answered.</summary>
internal sealed class StoreDriver(FileTrace trace, SimulatedClock clock)
{
    private readonly List<Task> running = [];
    private readonly List<Operation> operations = [];

    /// <summary>The store operations go to.</summary>
    internal Store Store { get; set; } = null!;

    internal IReadOnlyList<Operation> Operations => operations;

    /// <summary>Operations given and not yet answered.</summary>
    internal int Running => running.RemoveAll(task => task.IsCompleted) >= 0 ? running.Count : 0;

    internal int NextId => operations.Count + 1;

    internal SimulatedClock Clock => clock;

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
