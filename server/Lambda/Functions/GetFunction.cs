using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>GetFunction: GET /2015-03-31/functions/{FunctionName}. Code.Location is served by <see cref="GetFunctionCode"/>.</summary>
internal sealed class GetFunction(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = Named.Function(request, catalog);
        var function = await catalog.ReadAsync(reference, cancellation).ConfigureAwait(false)
            ?? throw LambdaFault.FunctionNotFound(reference.QualifiedArn);
        var json = new JsonObject { ["Configuration"] = ConfigurationJson.Write(function, reference.Qualifier) };
        var code = new JsonObject { ["RepositoryType"] = "S3" };
        if (GetFunctionCode.LocationOf(function.Version, request) is { } location)
        {
            code["Location"] = location;
        }

        json["Code"] = code;
        var tags = ResourceTags.Of(
            await catalog.Table.ReadAsync(reference.Name, FunctionKeys.Tags, cancellation).ConfigureAwait(false));
        if (!tags.IsEmpty)
        {
            json["Tags"] = ResourceTags.ToJson(tags);
        }

        if (catalog.ReservedConcurrency(reference.Name) is { } reserved)
        {
            json["Concurrency"] = new JsonObject { ["ReservedConcurrentExecutions"] = reserved };
        }

        return new RestAnswer(200, json);
    }
}
