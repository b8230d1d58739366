namespace Storage.Server.Aws;

/// <summary>Answers to calls that AWS has and this server has not: never a success, always by name.</summary>
internal static class Unbuilt
{
    internal const string Code = "NotImplemented";

    /// <summary>An operation of a service that is built in part.</summary>
    internal static AwsException Operation(ServiceModel service, string operation) => new(
        StatusCodes.Status501NotImplemented, Code, $"{Possessive(service.Title)} operation {operation} is not built yet.");

    /// <summary>Something of a service that is not built at all.</summary>
    internal static AwsFault Service(string title, string call) => new(
        StatusCodes.Status501NotImplemented, Code, $"{title} is not built yet: {call} was not done.");

    private static string Possessive(string title) => title.EndsWith('s') ? title + "'" : title + "'s";
}
