using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>ListVersionsByFunction: GET /2015-03-31/functions/{FunctionName}/versions.</summary>
internal sealed class ListVersionsByFunction(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var page = ListPage.Read(request);
        var reference = Named.Function(request, catalog);
        if (await catalog.Table.ReadLatestAsync(reference.Name, cancellation).ConfigureAwait(false) is null)
        {
            throw LambdaFault.FunctionNotFound(reference.Arn);
        }

        var versions = new JsonArray();
        var json = new JsonObject { ["Versions"] = versions };
        var last = string.Empty;
        var all = FunctionVersions.ReadAsync(catalog, reference.Name, page.After, cancellation);
        await foreach (var version in all.ConfigureAwait(false))
        {
            if (versions.Count == page.ItemsMax)
            {
                json["NextMarker"] = ListPage.Marker(last);
                break;
            }

            versions.Add((JsonNode)ConfigurationJson.WriteListed(version, version.Version.Version));
            last = FunctionVersions.SortKeyOf(version);
        }

        return new RestAnswer(200, json);
    }
}
