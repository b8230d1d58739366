using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>UntagResource: DELETE /2017-03-31/tags/{Resource}?tagKeys=...</summary>
internal sealed class UntagResource(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var keys = request.Query["tagKeys"];
        var constraints = new Constraints();
        constraints.Required("tagKeys", keys.Count > 0);
        constraints.ThrowIfAny();
        var reference = TaggedFunction.Of(request, catalog);
        await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                var before = ResourceTags.Of(await change.ReadAsync(FunctionKeys.Tags, cancellation).ConfigureAwait(false));
                change.Put(ResourceTags.Write(reference.Name, before.RemoveRange(keys.OfType<string>())));
                return true;
            },
            cancellation).ConfigureAwait(false);
        return new RestAnswer(204, null);
    }
}
