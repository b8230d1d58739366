using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>ListFunctions: GET /2015-03-31/functions; with FunctionVersion=ALL every version of every function.</summary>
internal sealed class ListFunctions(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var page = ListPage.Read(request);
        var versions = request.Query["FunctionVersion"].FirstOrDefault();
        var constraints = new Constraints();
        constraints.OneOf("functionVersion", versions, "ALL");
        constraints.ThrowIfAny();
        return new RestAnswer(200, versions is null
            ? await ListAsync(page, cancellation).ConfigureAwait(false)
            : await ListAllAsync(page, cancellation).ConfigureAwait(false));
    }

    private static JsonObject Answer(JsonArray functions, string? marker)
    {
        var json = new JsonObject { ["Functions"] = functions };
        if (marker is not null)
        {
            json["NextMarker"] = ListPage.Marker(marker);
        }

        return json;
    }

    private async ValueTask<JsonObject> ListAsync(ListPage page, CancellationToken cancellation)
    {
        var functions = new JsonArray();
        var last = string.Empty;
        await foreach (var name in catalog.Table.ReadNamesAsync(page.After, cancellation).ConfigureAwait(false))
        {
            if (await catalog.Table.ReadLatestAsync(name, cancellation).ConfigureAwait(false) is not { } function)
            {
                continue;
            }

            if (functions.Count == page.ItemsMax)
            {
                return Answer(functions, last);
            }

            functions.Add((JsonNode)ConfigurationJson.WriteListed(function, null));
            last = name;
        }

        return Answer(functions, null);
    }

    /// <summary>A marker is the function's name and, behind a slash, the sort key of the version the page ended with.</summary>
    private async ValueTask<JsonObject> ListAllAsync(ListPage page, CancellationToken cancellation)
    {
        var functions = new JsonArray();
        var last = string.Empty;
        if (page.After?.Split('/') is [var resumed, var sk])
        {
            if (await AddVersionsAsync(resumed, sk).ConfigureAwait(false))
            {
                return Answer(functions, last);
            }
        }

        var after = page.After?.Split('/')[0];
        await foreach (var name in catalog.Table.ReadNamesAsync(after, cancellation).ConfigureAwait(false))
        {
            if (await AddVersionsAsync(name, null).ConfigureAwait(false))
            {
                return Answer(functions, last);
            }
        }

        return Answer(functions, null);

        async ValueTask<bool> AddVersionsAsync(string name, string? behind)
        {
            await foreach (var version in FunctionVersions.ReadAsync(catalog, name, behind, cancellation).ConfigureAwait(false))
            {
                if (functions.Count == page.ItemsMax)
                {
                    return true;
                }

                functions.Add((JsonNode)ConfigurationJson.WriteListed(version, version.Version.Version));
                last = $"{name}/{FunctionVersions.SortKeyOf(version)}";
            }

            return false;
        }
    }
}
