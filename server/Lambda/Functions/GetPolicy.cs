using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>GetPolicy: GET /2015-03-31/functions/{FunctionName}/policy.</summary>
internal sealed class GetPolicy(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = Named.Function(request, catalog);
        if (await catalog.ReadAsync(reference, cancellation).ConfigureAwait(false) is null)
        {
            throw LambdaFault.FunctionNotFound(reference.QualifiedArn);
        }

        var item = await catalog.Table.ReadAsync(reference.Name, FunctionKeys.Policy(reference.Qualifier), cancellation)
            .ConfigureAwait(false) ?? throw LambdaFault.NotFound("The resource you requested does not exist.");
        var policy = ResourcePolicy.Read(item);
        return new RestAnswer(200, new JsonObject
        {
            ["Policy"] = ResourcePolicy.Text(policy.Document),
            ["RevisionId"] = policy.RevisionId,
        });
    }
}
