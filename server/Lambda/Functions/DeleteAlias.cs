using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>DeleteAlias: DELETE /2015-03-31/functions/{FunctionName}/aliases/{Name}. An alias that is not there is deleted already.</summary>
internal sealed class DeleteAlias(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = Named.Unqualified(request, catalog);
        var name = Named.Alias(request);
        await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                if (await change.ReadAsync(FunctionKeys.Alias(name), cancellation).ConfigureAwait(false) is not null)
                {
                    change.Delete(FunctionKeys.Alias(name));
                    change.Delete(FunctionKeys.Policy(name));
                    change.Delete(FunctionKeys.EventInvoke(name));
                }

                return true;
            },
            cancellation).ConfigureAwait(false);
        return new RestAnswer(204, null);
    }
}
