namespace Storage.Server.Lambda.Invocation;

/// <summary>
/// How a call names its function: <c>NAME</c>, <c>ACCOUNT:function:NAME</c> or
/// <c>arn:aws:lambda:REGION:ACCOUNT:function:NAME</c>, each perhaps with <c>:QUALIFIER</c>. Source: the service model,
/// NamespacedFunctionName.
/// </summary>
/// <param name="Name">The bare name.</param>
/// <param name="Qualifier">Version or alias, or null.</param>
internal readonly record struct FunctionReference(string Name, string? Qualifier)
{
    private const string Marker = "function:";

    /// <summary>Reads a reference that the catalog took, to name a function that is not there.</summary>
    internal static FunctionReference Of(string text, string? qualifier)
    {
        var marked = text.IndexOf(Marker, StringComparison.Ordinal);
        var isMarked = marked == 0 || (marked > 0 && text[marked - 1] == ':');
        var rest = isMarked ? text[(marked + Marker.Length)..] : text;
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? new FunctionReference(rest, qualifier)
            : new FunctionReference(rest[..colon], qualifier ?? rest[(colon + 1)..]);
    }

    /// <summary>The ARN, with the qualifier if there is one.</summary>
    internal string ToArn(string region, string account) =>
        $"arn:aws:lambda:{region}:{account}:function:{Name}" + (Qualifier is null ? string.Empty : ":" + Qualifier);
}
