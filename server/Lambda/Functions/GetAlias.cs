using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>GetAlias: GET /2015-03-31/functions/{FunctionName}/aliases/{Name}.</summary>
internal sealed class GetAlias(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = Named.Unqualified(request, catalog);
        var name = Named.Alias(request);
        if (await catalog.Table.ReadLatestAsync(reference.Name, cancellation).ConfigureAwait(false) is null)
        {
            throw LambdaFault.FunctionNotFound(reference.Arn);
        }

        var alias = await catalog.ReadAliasAsync(reference.Name, name, cancellation).ConfigureAwait(false)
            ?? throw LambdaFault.AliasNotFound($"{reference.Arn}:{name}");
        return new RestAnswer(200, AliasJson.Write(alias, reference.Arn));
    }
}
