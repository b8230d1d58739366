using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>PutFunctionEventInvokeConfig: PUT /2019-09-25/functions/{FunctionName}/event-invoke-config. Replaces all settings.</summary>
internal sealed class PutFunctionEventInvokeConfig(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var settings = EventInvokeSettings.Read(RequestMembers.Of(request));
        var reference = Named.Function(request, catalog);
        var config = settings.Over(null, catalog.Now);
        await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                await PolicyTarget.ThrowIfMissingAsync(reference, change, cancellation).ConfigureAwait(false);
                change.Put(EventInvokeItem.Write(config, reference.Name, reference.Qualifier));
                return true;
            },
            cancellation).ConfigureAwait(false);
        return new RestAnswer(200, EventInvokeItem.ToJson(config, reference.Arn, reference.Qualifier));
    }
}
