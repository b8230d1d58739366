using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>RemovePermission: DELETE /2015-03-31/functions/{FunctionName}/policy/{StatementId}.</summary>
internal sealed class RemovePermission(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = Named.Function(request, catalog);
        var sid = request.Path["StatementId"];
        var revision = request.Query["RevisionId"].FirstOrDefault();
        await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                var sk = FunctionKeys.Policy(reference.Qualifier);
                var item = await change.ReadAsync(sk, cancellation).ConfigureAwait(false)
                    ?? throw LambdaFault.NotFound("No policy is associated with the given resource.");
                var policy = ResourcePolicy.Read(item);
                var statement = policy.Find(sid)
                    ?? throw LambdaFault.NotFound($"Statement {sid} is not found in resource policy.");
                if (!string.IsNullOrEmpty(revision) && revision != policy.RevisionId)
                {
                    throw LambdaFault.PolicyRevision();
                }

                policy.Statements.Remove(statement);
                if (policy.Statements.Count == 0)
                {
                    change.Delete(sk);
                }
                else
                {
                    change.Put(policy.Write(reference.Name, reference.Qualifier));
                }

                return true;
            },
            cancellation).ConfigureAwait(false);
        return new RestAnswer(204, null);
    }
}
