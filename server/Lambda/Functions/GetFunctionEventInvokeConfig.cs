using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>GetFunctionEventInvokeConfig: GET /2019-09-25/functions/{FunctionName}/event-invoke-config.</summary>
internal sealed class GetFunctionEventInvokeConfig(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = Named.Function(request, catalog);
        if (await catalog.Table.ReadLatestAsync(reference.Name, cancellation).ConfigureAwait(false) is null)
        {
            throw LambdaFault.FunctionNotFound(reference.Arn);
        }

        var item = await catalog.Table.ReadAsync(
            reference.Name, FunctionKeys.EventInvoke(reference.Qualifier), cancellation).ConfigureAwait(false)
            ?? throw EventInvokeItem.NotFound(reference);
        return new RestAnswer(200, EventInvokeItem.ToJson(EventInvokeItem.Read(item), reference.Arn, reference.Qualifier));
    }
}
