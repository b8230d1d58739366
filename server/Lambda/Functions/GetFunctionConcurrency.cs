using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>GetFunctionConcurrency: GET /2019-09-30/functions/{FunctionName}/concurrency. Empty without a reservation.</summary>
internal sealed class GetFunctionConcurrency(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = Named.Unqualified(request, catalog);
        if (await catalog.Table.ReadLatestAsync(reference.Name, cancellation).ConfigureAwait(false) is null)
        {
            throw LambdaFault.FunctionNotFound(reference.Arn);
        }

        var json = new JsonObject();
        if (catalog.ReservedConcurrency(reference.Name) is { } reserved)
        {
            json["ReservedConcurrentExecutions"] = reserved;
        }

        return new RestAnswer(200, json);
    }
}
