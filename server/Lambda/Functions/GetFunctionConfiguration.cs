using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>GetFunctionConfiguration: GET /2015-03-31/functions/{FunctionName}/configuration.</summary>
internal sealed class GetFunctionConfiguration(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = Named.Function(request, catalog);
        var function = await catalog.ReadAsync(reference, cancellation).ConfigureAwait(false)
            ?? throw LambdaFault.FunctionNotFound(reference.QualifiedArn);
        return new RestAnswer(200, ConfigurationJson.Write(function, reference.Qualifier));
    }
}
