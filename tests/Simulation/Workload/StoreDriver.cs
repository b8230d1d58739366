using Storage.Engine;
using Storage.Engine.Tables;
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
            operation.Answer = await AskAsync(operation).ConfigureAwait(false);
            trace.Mark(TraceMark.Answered, operation.Id);
        }
        catch (Exception failure)
        {
            operation.Failure = failure;
        }
    }

    private async Task<Answer> AskAsync(Operation operation)
    {
        switch (operation.Kind)
        {
            case OperationKind.Write:
                var written = await WriteAsync(operation.Actions[0].ToStore(operation.Id)).ConfigureAwait(false);
                operation.Found = [written.Old];
                return written.Accepted ? Answer.Accepted : Answer.Refused;
            case OperationKind.Transaction:
                var author = operation.Repeats == 0 ? operation.Id : operation.Repeats;
                var outcome = await Store.TransactWriteAsync(
                    [.. operation.Actions.Select(action => action.ToStore(author))], operation.Token).ConfigureAwait(false);
                return outcome.Accepted ? Answer.Accepted : Answer.Refused;
            case OperationKind.Get:
                operation.Found = [await Store.GetAsync(operation.Table, operation.Actions[0].Key).ConfigureAwait(false)];
                return Answer.Accepted;
            case OperationKind.TransactGet:
                operation.Found = await Store.TransactGetAsync(
                    [.. operation.Actions.Select(action => (action.Table, action.Key))]).ConfigureAwait(false);
                return Answer.Accepted;
            case OperationKind.CreateTable:
                await Store.CreateTableAsync(operation.Definition!).ConfigureAwait(false);
                return Answer.Accepted;
            case OperationKind.DeleteTable:
                await Store.DeleteTableAsync(operation.Table).ConfigureAwait(false);
                return Answer.Accepted;
            case OperationKind.AddIndex:
                await Store.Database.UpdateTableAsync(
                    operation.Table, new TableChange { AddIndex = operation.Index }, CancellationToken.None).ConfigureAwait(false);
                return Answer.Accepted;
            default:
                await Store.Database.UpdateTableAsync(
                    operation.Table, new TableChange { RemoveIndex = operation.Index!.Name }, CancellationToken.None).ConfigureAwait(false);
                return Answer.Accepted;
        }
    }

    private ValueTask<WriteOutcome> WriteAsync(TransactAction action) => action.Kind switch
    {
        WriteKind.Put => Store.PutAsync(action.Table, action.Item, action.Options),
        WriteKind.Update => Store.UpdateAsync(action.Table, action.Item, action.UpdateExpression!, action.Options),
        _ => Store.DeleteAsync(action.Table, action.Item, action.Options),
    };
}
