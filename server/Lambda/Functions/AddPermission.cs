using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>AddPermission: POST /2015-03-31/functions/{FunctionName}/policy.</summary>
internal sealed class AddPermission(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var members = RequestMembers.Of(request);
        var reference = Named.Function(request, catalog);
        var statement = PolicyStatement.Read(members, reference.QualifiedArn);
        var sid = statement["Sid"]!.GetValue<string>();
        var revision = members.Text("RevisionId");
        if (reference.Qualifier == FunctionReference.Latest)
        {
            throw LambdaFault.Invalid("We currently do not support adding policies for $LATEST.");
        }

        await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                await PolicyTarget.ThrowIfMissingAsync(reference, change, cancellation).ConfigureAwait(false);
                var item = await change.ReadAsync(FunctionKeys.Policy(reference.Qualifier), cancellation).ConfigureAwait(false);
                var policy = item is null ? ResourcePolicy.Empty() : ResourcePolicy.Read(item);
                if (policy.Find(sid) is not null)
                {
                    throw LambdaFault.Conflict(
                        $"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing statement.");
                }

                if (revision is not null && revision != policy.RevisionId)
                {
                    throw LambdaFault.PolicyRevision();
                }

                policy.Statements.Add(statement.DeepClone());
                change.Put(policy.Write(reference.Name, reference.Qualifier));
                return true;
            },
            cancellation).ConfigureAwait(false);
        return new RestAnswer(201, new JsonObject { ["Statement"] = ResourcePolicy.Text(statement) });
    }
}
