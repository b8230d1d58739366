namespace Storage.Server.Lambda.Functions;

/// <summary>What a call of a function with one qualifier may run.</summary>
/// <param name="InvokedArn">The ARN with the qualifier that was asked for, if any.</param>
/// <param name="Version">What runs, but for the shares of others.</param>
/// <param name="Others">Of an alias: other versions and their shares of calls, 0 to 1; together at most 1.</param>
internal sealed record CallTarget(
    string InvokedArn, FunctionVersion Version, IReadOnlyList<(FunctionVersion Version, double Share)> Others)
{
    /// <summary>Picks by a number drawn evenly from 0 to less than 1.</summary>
    internal ResolvedFunction Pick(double drawn)
    {
        foreach (var (version, share) in Others)
        {
            if (drawn < share)
            {
                return new ResolvedFunction(version, InvokedArn);
            }

            drawn -= share;
        }

        return new ResolvedFunction(Version, InvokedArn);
    }
}
