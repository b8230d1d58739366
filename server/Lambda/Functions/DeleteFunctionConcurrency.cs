using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>DeleteFunctionConcurrency: DELETE /2017-10-31/functions/{FunctionName}/concurrency.</summary>
internal sealed class DeleteFunctionConcurrency(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = Named.Unqualified(request, catalog);
        using (await catalog.Reservations.EnterAsync(cancellation).ConfigureAwait(false))
        {
            await catalog.Table.ChangeAsync(
                reference,
                change =>
                {
                    change.Delete(FunctionKeys.Concurrency);
                    return ValueTask.FromResult(true);
                },
                cancellation).ConfigureAwait(false);
            catalog.Reservations.Set(reference.Name, null);
        }

        catalog.RaiseChanged(reference.Name);
        return new RestAnswer(204, null);
    }
}
