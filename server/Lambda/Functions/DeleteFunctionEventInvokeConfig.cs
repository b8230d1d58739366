using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>DeleteFunctionEventInvokeConfig: DELETE /2019-09-25/functions/{FunctionName}/event-invoke-config.</summary>
internal sealed class DeleteFunctionEventInvokeConfig(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = Named.Function(request, catalog);
        await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                var sk = FunctionKeys.EventInvoke(reference.Qualifier);
                if (await change.ReadAsync(sk, cancellation).ConfigureAwait(false) is null)
                {
                    throw EventInvokeItem.NotFound(reference);
                }

                change.Delete(sk);
                return true;
            },
            cancellation).ConfigureAwait(false);
        return new RestAnswer(204, null);
    }
}
