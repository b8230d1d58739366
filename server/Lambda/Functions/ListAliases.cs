using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>ListAliases: GET /2015-03-31/functions/{FunctionName}/aliases; FunctionVersion keeps those that point to it.</summary>
internal sealed class ListAliases(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var page = ListPage.Read(request);
        var reference = Named.Unqualified(request, catalog);
        var version = request.Query["FunctionVersion"].FirstOrDefault();
        if (await catalog.Table.ReadLatestAsync(reference.Name, cancellation).ConfigureAwait(false) is null)
        {
            throw LambdaFault.FunctionNotFound(reference.Arn);
        }

        var aliases = new JsonArray();
        var json = new JsonObject { ["Aliases"] = aliases };
        var last = string.Empty;
        var after = page.After is null ? null : FunctionKeys.Alias(page.After);
        var items = catalog.Table.ReadAllAsync(reference.Name, FunctionKeys.AliasPrefix, after, cancellation);
        await foreach (var item in items.ConfigureAwait(false))
        {
            var alias = StoredAlias.Read(item);
            if (version is not null && version != alias.FunctionVersion)
            {
                continue;
            }

            if (aliases.Count == page.ItemsMax)
            {
                json["NextMarker"] = ListPage.Marker(last);
                break;
            }

            aliases.Add((JsonNode)AliasJson.Write(alias, reference.Arn));
            last = alias.Name;
        }

        return new RestAnswer(200, json);
    }
}
