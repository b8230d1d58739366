using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>UpdateFunctionEventInvokeConfig: POST /2019-09-25/functions/{FunctionName}/event-invoke-config.</summary>
internal sealed class UpdateFunctionEventInvokeConfig(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var settings = EventInvokeSettings.Read(RequestMembers.Of(request));
        var reference = Named.Function(request, catalog);
        var config = await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                var item = await change.ReadAsync(FunctionKeys.EventInvoke(reference.Qualifier), cancellation)
                    .ConfigureAwait(false) ?? throw EventInvokeItem.NotFound(reference);
                var after = settings.Over(EventInvokeItem.Read(item), catalog.Now);
                change.Put(EventInvokeItem.Write(after, reference.Name, reference.Qualifier));
                return after;
            },
            cancellation).ConfigureAwait(false);
        return new RestAnswer(200, EventInvokeItem.ToJson(config, reference.Arn, reference.Qualifier));
    }
}
