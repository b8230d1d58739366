using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>TagResource: POST /2017-03-31/tags/{Resource}.</summary>
internal sealed class TagResource(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var added = ResourceTags.Read(RequestMembers.Of(request))
            ?? throw LambdaFault.Invalid("An error occurred and the request cannot be processed.");
        var reference = TaggedFunction.Of(request, catalog);
        await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                var before = ResourceTags.Of(await change.ReadAsync(FunctionKeys.Tags, cancellation).ConfigureAwait(false));
                var after = before.SetItems(added);
                ResourceTags.ThrowIfTooMany(after);
                change.Put(ResourceTags.Write(reference.Name, after));
                return true;
            },
            cancellation).ConfigureAwait(false);
        return new RestAnswer(204, null);
    }
}
