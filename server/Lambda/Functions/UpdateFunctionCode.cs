using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>UpdateFunctionCode: PUT /2015-03-31/functions/{FunctionName}/code.</summary>
internal sealed class UpdateFunctionCode(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var members = RequestMembers.Of(request);
        var constraints = new Constraints();
        var architecture = Architecture.Read(members, constraints);
        constraints.ThrowIfAny();
        if (members.Says("PublishTo"))
        {
            throw LambdaFault.NotBuilt("PublishTo");
        }

        var reference = Named.Unqualified(request, catalog);
        if (await catalog.Table.ReadLatestAsync(reference.Name, cancellation).ConfigureAwait(false) is null)
        {
            throw LambdaFault.FunctionNotFound(reference.Arn);
        }

        var revision = members.Text("RevisionId");
        var publish = members.Flag("Publish") ?? false;
        var isDryRun = members.Flag("DryRun") ?? false;
        var package = CodePackage.Read(members, catalog.Options);

        // Before the item that names it; stored once, whatever comes in between.
        var blob = isDryRun ? string.Empty : await catalog.Blobs.PutAsync(package.Zip, cancellation).ConfigureAwait(false);
        var updated = await catalog.Table.ChangeAsync(reference, Decide, cancellation).ConfigureAwait(false);
        if (!isDryRun)
        {
            catalog.Settle(reference.Name);
        }

        return new RestAnswer(200, ConfigurationJson.Write(updated, publish && !isDryRun ? updated.Version.Version : null));

        ValueTask<StoredFunction> Decide(FunctionChange change)
        {
            if (revision is not null && revision != change.Before.Version.RevisionId)
            {
                throw LambdaFault.FunctionRevision();
            }

            var version = package.Over(change.Before.Version) with
            {
                Architecture = architecture ?? change.Before.Version.Architecture,
            };
            if (isDryRun)
            {
                return ValueTask.FromResult(change.Before with { Version = version });
            }

            var after = change.Before with
            {
                Version = version with
                {
                    CodeBlob = blob, RevisionId = FunctionTable.NewRevisionId(), LastModified = catalog.Now,
                },
                Update = UpdateStatus.InProgress,
            };
            change.After = after;
            return ValueTask.FromResult(publish ? change.Publish(after, null, catalog.Now) : after);
        }
    }
}
