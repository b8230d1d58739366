namespace Storage.Server.Lambda.Functions;

/// <summary>Version or alias that something is said about: it must exist.</summary>
internal static class PolicyTarget
{
    /// <exception cref="Aws.AwsException">ResourceNotFoundException.</exception>
    internal static async ValueTask ThrowIfMissingAsync(
        FunctionReference reference, FunctionChange change, CancellationToken cancellation)
    {
        if (reference.Qualifier is null or FunctionReference.Latest)
        {
            return;
        }

        if (FunctionReference.IsVersionNumber(reference.Qualifier))
        {
            if (await change.ReadVersionAsync(reference.Qualifier, cancellation).ConfigureAwait(false) is null)
            {
                throw LambdaFault.FunctionNotFound(reference.QualifiedArn);
            }
        }
        else if (await change.ReadAsync(FunctionKeys.Alias(reference.Qualifier), cancellation).ConfigureAwait(false) is null)
        {
            throw LambdaFault.AliasNotFound(reference.QualifiedArn);
        }
    }
}
