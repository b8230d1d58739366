using System.Text.Json.Nodes;
using Storage.Engine;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>PutFunctionConcurrency: PUT /2017-10-31/functions/{FunctionName}/concurrency.</summary>
internal sealed class PutFunctionConcurrency(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var members = RequestMembers.Of(request);
        var reference = Named.Unqualified(request, catalog);
        var wanted = members.Integer("ReservedConcurrentExecutions");
        var constraints = new Constraints();
        constraints.Required("reservedConcurrentExecutions", wanted is not null);
        constraints.Range("reservedConcurrentExecutions", wanted, 0, int.MaxValue);
        constraints.ThrowIfAny();
        var reserved = (int)wanted!.Value;
        using (await catalog.Reservations.EnterAsync(cancellation).ConfigureAwait(false))
        {
            await catalog.Table.ChangeAsync(
                reference,
                change =>
                {
                    catalog.Reservations.ThrowIfTooMuch(reference.Name, reserved);
                    change.Put(Item.Of(
                        ("pk", reference.Name), ("sk", FunctionKeys.Concurrency), ("reserved", reserved)));
                    return ValueTask.FromResult(true);
                },
                cancellation).ConfigureAwait(false);
            catalog.Reservations.Set(reference.Name, reserved);
        }

        catalog.RaiseChanged(reference.Name);
        return new RestAnswer(200, new JsonObject { ["ReservedConcurrentExecutions"] = reserved });
    }
}
