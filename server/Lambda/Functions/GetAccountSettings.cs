using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>GetAccountSettings: GET /2016-08-19/account-settings.</summary>
internal sealed class GetAccountSettings(FunctionCatalog catalog)
{
    /// <summary>Storage of all packages. Source: Developer Guide, Lambda quotas: 75 GB. The disk ends sooner.</summary>
    private const long TotalCodeBytesMax = 80_530_636_800;

    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var functions = 0L;
        var codeBytes = 0L;
        await foreach (var name in catalog.Table.ReadNamesAsync(null, cancellation).ConfigureAwait(false))
        {
            var isThere = false;
            await foreach (var version in FunctionVersions.ReadAsync(catalog, name, null, cancellation).ConfigureAwait(false))
            {
                isThere = true;
                codeBytes += version.Version.CodeBytes;
            }

            functions += isThere ? 1 : 0;
        }

        var options = catalog.Options;
        return new RestAnswer(200, new JsonObject
        {
            ["AccountLimit"] = new JsonObject
            {
                ["TotalCodeSize"] = TotalCodeBytesMax,
                ["CodeSizeUnzipped"] = options.CodeUnzippedBytesMax,
                ["CodeSizeZipped"] = options.CodeZippedBytesMax,
                ["ConcurrentExecutions"] = options.AccountConcurrency,
                ["UnreservedConcurrentExecutions"] = Math.Max(0, options.AccountConcurrency - catalog.ReservedConcurrencyTotal),
            },
            ["AccountUsage"] = new JsonObject { ["TotalCodeSize"] = codeBytes, ["FunctionCount"] = functions },
        });
    }
}
