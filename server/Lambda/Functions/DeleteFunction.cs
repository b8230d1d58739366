using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>DeleteFunction: DELETE /2015-03-31/functions/{FunctionName}; with a Qualifier one version of it.</summary>
internal sealed class DeleteFunction(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = Named.Function(request, catalog);
        if (reference.Qualifier is { } qualifier)
        {
            await DeleteVersionAsync(reference, qualifier, cancellation).ConfigureAwait(false);
            return new RestAnswer(204, null);
        }

        // In turn with reservations: none is made for a function that is gone.
        using var turn = await catalog.Reservations.EnterAsync(cancellation).ConfigureAwait(false);
        try
        {
            await catalog.Table.DeleteAsync(reference, cancellation).ConfigureAwait(false);
        }
        finally
        {
            if (await catalog.Table.ReadLatestAsync(reference.Name, CancellationToken.None).ConfigureAwait(false) is null)
            {
                catalog.Reservations.Set(reference.Name, null);
            }
        }

        return new RestAnswer(204, null);
    }

    private async ValueTask DeleteVersionAsync(FunctionReference reference, string number, CancellationToken cancellation)
    {
        if (number == FunctionReference.Latest)
        {
            throw LambdaFault.Invalid("$LATEST version cannot be deleted without deleting the function.");
        }

        if (!FunctionReference.IsVersionNumber(number))
        {
            throw LambdaFault.Invalid("Deletion of aliases is not currently supported.");
        }

        await catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                // A version that is not there is deleted already.
                if (await change.ReadVersionAsync(number, cancellation).ConfigureAwait(false) is null)
                {
                    return true;
                }

                var referring = new List<string>();
                await foreach (var item in change.ReadAllAsync(FunctionKeys.AliasPrefix, cancellation).ConfigureAwait(false))
                {
                    var alias = StoredAlias.Read(item);
                    if (alias.FunctionVersion == number || alias.AdditionalWeights.ContainsKey(number))
                    {
                        referring.Add(alias.Name);
                    }
                }

                if (referring.Count > 0)
                {
                    throw LambdaFault.Conflict(
                        $"Unable to delete version {number} because the following aliases reference it: [{string.Join(", ", referring)}]");
                }

                change.Delete(FunctionKeys.Version(number));
                change.Delete(FunctionKeys.Policy(number));
                change.Delete(FunctionKeys.EventInvoke(number));
                return true;
            },
            cancellation).ConfigureAwait(false);
        catalog.RaiseChanged(reference.Name);
    }
}
