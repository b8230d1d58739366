using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>UpdateFunctionConfiguration: PUT /2015-03-31/functions/{FunctionName}/configuration.</summary>
internal sealed class UpdateFunctionConfiguration(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var members = RequestMembers.Of(request);
        var reference = Named.Unqualified(request, catalog);
        var settings = FunctionSettings.Read(members, new Constraints(), reference.Name);
        var revision = members.Text("RevisionId");
        var updated = await catalog.Table.ChangeAsync(
            reference,
            change =>
            {
                if (revision is not null && revision != change.Before.Version.RevisionId)
                {
                    throw LambdaFault.FunctionRevision();
                }

                change.After = change.Before with
                {
                    Version = settings.Over(change.Before.Version) with
                    {
                        RevisionId = FunctionTable.NewRevisionId(), LastModified = catalog.Now,
                    },
                    Update = UpdateStatus.InProgress,
                };
                return ValueTask.FromResult(change.After);
            },
            cancellation).ConfigureAwait(false);
        catalog.Settle(reference.Name);
        return new RestAnswer(200, ConfigurationJson.Write(updated, null));
    }
}
