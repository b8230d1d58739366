using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>ListFunctionEventInvokeConfigs: GET /2019-09-25/functions/{FunctionName}/event-invoke-config/list.</summary>
internal sealed class ListFunctionEventInvokeConfigs(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var page = ListPage.Read(request, 50);
        var reference = Named.Function(request, catalog);
        if (await catalog.Table.ReadLatestAsync(reference.Name, cancellation).ConfigureAwait(false) is null)
        {
            throw LambdaFault.FunctionNotFound(reference.Arn);
        }

        var configs = new JsonArray();
        var json = new JsonObject { ["FunctionEventInvokeConfigs"] = configs };
        var last = string.Empty;
        var after = page.After is null ? null : FunctionKeys.EventInvoke(page.After);
        var items = catalog.Table.ReadAllAsync(reference.Name, FunctionKeys.EventInvokePrefix, after, cancellation);
        await foreach (var item in items.ConfigureAwait(false))
        {
            if (configs.Count == page.ItemsMax)
            {
                json["NextMarker"] = ListPage.Marker(last);
                break;
            }

            last = item["sk"].AsString()[FunctionKeys.EventInvokePrefix.Length..];
            configs.Add((JsonNode)EventInvokeItem.ToJson(EventInvokeItem.Read(item), reference.Arn, last));
        }

        return new RestAnswer(200, json);
    }
}
