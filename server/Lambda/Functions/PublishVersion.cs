using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>
/// PublishVersion: POST /2015-03-31/functions/{FunctionName}/versions. Answers the last version when code and
/// configuration are still its own.
/// </summary>
internal sealed class PublishVersion(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var members = RequestMembers.Of(request);
        var reference = Named.Unqualified(request, catalog);
        var constraints = new Constraints();
        constraints.Text("description", members.Text("Description"), 0, 256);
        constraints.ThrowIfAny();
        if (members.Says("PublishTo"))
        {
            throw LambdaFault.NotBuilt("PublishTo");
        }

        var hash = members.Text("CodeSha256");
        var revision = members.Text("RevisionId");
        var description = members.Text("Description");
        var published = await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                var latest = change.Before;
                if (revision is not null && revision != latest.Version.RevisionId)
                {
                    throw LambdaFault.FunctionRevision();
                }

                if (hash is not null && hash != latest.Version.CodeSha256)
                {
                    throw LambdaFault.Invalid(
                        $"CodeSHA256 ({hash}) is different from current CodeSHA256 in $LATEST ({latest.Version.CodeSha256}). "
                        + "Please try again with the CodeSHA256 in $LATEST.");
                }

                var number = latest.LastPublished.ToString(System.Globalization.CultureInfo.InvariantCulture);
                var last = await change.ReadVersionAsync(number, cancellation).ConfigureAwait(false);
                return last is not null && last.HoldsWhat(latest.Version)
                    ? last
                    : change.Publish(latest, description, catalog.Now);
            },
            cancellation).ConfigureAwait(false);
        return new RestAnswer(201, ConfigurationJson.Write(published, published.Version.Version));
    }
}
