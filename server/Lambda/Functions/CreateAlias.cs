using System.Collections.Immutable;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>CreateAlias: POST /2015-03-31/functions/{FunctionName}/aliases.</summary>
internal sealed class CreateAlias(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var members = RequestMembers.Of(request);
        var reference = Named.Unqualified(request, catalog);
        var constraints = new Constraints();
        var name = members.Text("Name");
        constraints.Required("name", name is not null);
        constraints.Required("functionVersion", members.Has("FunctionVersion"));
        constraints.Text("name", name, 1, 128, AliasRouting.NameForm, AliasRouting.NamePattern);
        var routing = AliasRouting.Read(members, constraints);
        var alias = new StoredAlias(name!, routing.FunctionVersion!)
        {
            Description = routing.Description ?? string.Empty,
            AdditionalWeights = routing.AdditionalWeights ?? ImmutableSortedDictionary<string, double>.Empty,
            RevisionId = FunctionTable.NewRevisionId(),
        };
        await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                if (await change.ReadAsync(FunctionKeys.Alias(alias.Name), cancellation).ConfigureAwait(false) is not null)
                {
                    throw LambdaFault.Conflict($"Alias already exists: {reference.Arn}:{alias.Name}");
                }

                await AliasRouting.ThrowIfFaultyAsync(alias, change, cancellation).ConfigureAwait(false);
                change.Put(alias.Write(reference.Name));
                return true;
            },
            cancellation).ConfigureAwait(false);
        return new RestAnswer(201, AliasJson.Write(alias, reference.Arn));
    }
}
