namespace Storage.Server.Aws;

/// <summary>A service of AWS, built here or not: enough to say which one a request was for.</summary>
/// <param name="SigningName">In a signature's credential scope, e.g. <c>states</c>.</param>
/// <param name="TargetPrefix">In X-Amz-Target, with the dot behind it; null when the service does not use it.</param>
/// <param name="IsXml">Whether its errors are XML.</param>
/// <param name="Title">E.g. <c>AWS Step Functions</c>.</param>
internal sealed record KnownService(string SigningName, string? TargetPrefix, bool IsXml, string Title)
{
    /// <summary>All of them. Source: Model/services.txt.</summary>
    internal static IReadOnlyList<KnownService> All { get; } =
        [.. ServiceModel.Lines("services").Select(line => line.Split(' ', 4)).Select(words =>
            new KnownService(words[0], words[1] == "-" ? null : words[1] + ".", words[2] == "xml", words[3]))];
}
