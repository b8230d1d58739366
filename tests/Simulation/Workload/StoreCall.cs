using Storage.Engine;
using Storage.Engine.Tables;

namespace Storage.Simulation.Workload;

/// <summary>Asks a store to do an operation, and waits for the answer.</summary>
internal static class StoreCall
{
    /// <summary>The answer; what was found is left in the operation.</summary>
    internal static async Task<Answer> RunAsync(Store store, Operation operation)
    {
        switch (operation.Kind)
        {
            case OperationKind.Write:
                var written = await WriteAsync(store, operation.Actions[0].ToStore(operation.Id)).ConfigureAwait(false);
                operation.Found = [written.Old];
                return written.Accepted ? Answer.Accepted : Answer.Refused;
            case OperationKind.Transaction:
                var author = operation.Repeats == 0 ? operation.Id : operation.Repeats;
                var outcome = await store.TransactWriteAsync(
                    [.. operation.Actions.Select(action => action.ToStore(author))], operation.Token).ConfigureAwait(false);
                return outcome.Accepted ? Answer.Accepted : Answer.Refused;
            case OperationKind.Get:
                operation.Found = [await store.GetAsync(operation.Table, operation.Actions[0].Key).ConfigureAwait(false)];
                return Answer.Accepted;
            case OperationKind.TransactGet:
                operation.Found = await store.TransactGetAsync(
                    [.. operation.Actions.Select(action => (action.Table, action.Key))]).ConfigureAwait(false);
                return Answer.Accepted;
            case OperationKind.CreateTable:
                await store.CreateTableAsync(operation.Definition!).ConfigureAwait(false);
                return Answer.Accepted;
            case OperationKind.DeleteTable:
                await store.DeleteTableAsync(operation.Table).ConfigureAwait(false);
                return Answer.Accepted;
            case OperationKind.AddIndex:
                await store.Database.UpdateTableAsync(
                    operation.Table, new TableChange { AddIndex = operation.Index }, CancellationToken.None).ConfigureAwait(false);
                return Answer.Accepted;
            case OperationKind.SetStream:
                await store.Database.UpdateTableAsync(
                    operation.Table, new TableChange { ChangesStream = true, Stream = operation.Stream }, CancellationToken.None).ConfigureAwait(false);
                return Answer.Accepted;
            case OperationKind.SetTimeToLive:
                await store.UpdateTimeToLiveAsync(operation.Table, operation.TimeToLive).ConfigureAwait(false);
                return Answer.Accepted;
            default:
                await store.Database.UpdateTableAsync(
                    operation.Table, new TableChange { RemoveIndex = operation.Index!.Name }, CancellationToken.None).ConfigureAwait(false);
                return Answer.Accepted;
        }
    }

    private static ValueTask<WriteOutcome> WriteAsync(Store store, TransactAction action) => action.Kind switch
    {
        WriteKind.Put => store.PutAsync(action.Table, action.Item, action.Options),
        WriteKind.Update => store.UpdateAsync(action.Table, action.Item, action.UpdateExpression!, action.Options),
        _ => store.DeleteAsync(action.Table, action.Item, action.Options),
    };
}
