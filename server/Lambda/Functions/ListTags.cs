using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>ListTags: GET /2017-03-31/tags/{Resource}.</summary>
internal sealed class ListTags(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = TaggedFunction.Of(request, catalog);
        if (await catalog.Table.ReadLatestAsync(reference.Name, cancellation).ConfigureAwait(false) is null)
        {
            throw LambdaFault.FunctionNotFound(reference.Arn);
        }

        var item = await catalog.Table.ReadAsync(reference.Name, FunctionKeys.Tags, cancellation).ConfigureAwait(false);
        return new RestAnswer(200, new JsonObject { ["Tags"] = ResourceTags.ToJson(ResourceTags.Of(item)) });
    }
}
