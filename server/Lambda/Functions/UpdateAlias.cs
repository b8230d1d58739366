using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>UpdateAlias: PUT /2015-03-31/functions/{FunctionName}/aliases/{Name}.</summary>
internal sealed class UpdateAlias(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var members = RequestMembers.Of(request);
        var reference = Named.Unqualified(request, catalog);
        var name = Named.Alias(request);
        var routing = AliasRouting.Read(members, new Constraints());
        var revision = members.Text("RevisionId");
        var updated = await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                var item = await change.ReadAsync(FunctionKeys.Alias(name), cancellation).ConfigureAwait(false)
                    ?? throw LambdaFault.AliasNotFound($"{reference.Arn}:{name}");
                var before = StoredAlias.Read(item);
                if (revision is not null && revision != before.RevisionId)
                {
                    throw LambdaFault.FunctionRevision();
                }

                var after = new StoredAlias(name, routing.FunctionVersion ?? before.FunctionVersion)
                {
                    Description = routing.Description ?? before.Description,
                    AdditionalWeights = routing.AdditionalWeights ?? before.AdditionalWeights,
                    RevisionId = FunctionTable.NewRevisionId(),
                };
                await AliasRouting.ThrowIfFaultyAsync(after, change, cancellation).ConfigureAwait(false);
                change.Put(after.Write(reference.Name));
                return after;
            },
            cancellation).ConfigureAwait(false);
        return new RestAnswer(200, AliasJson.Write(updated, reference.Arn));
    }
}
