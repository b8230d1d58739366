namespace Storage.Server.Lambda.Functions;

/// <summary>Names of runtimes. Source: Lambda's service model, Runtime.</summary>
internal static class Runtimes
{
    private static readonly string[] Built =
    [
        "python3.6", "python3.7", "python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13",
        "python3.14", "nodejs", "nodejs4.3", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x",
        "nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "provided", "provided.al2", "provided.al2023",
    ];

    private static readonly string[] NotBuilt =
    [
        "java8", "java8.al2", "java11", "java17", "java21", "java25", "python2.7", "dotnetcore1.0", "dotnetcore2.0",
        "dotnetcore2.1", "dotnetcore3.1", "dotnet6", "dotnet8", "dotnet10", "nodejs4.3-edge", "go1.x", "ruby2.5", "ruby2.7",
        "ruby3.2", "ruby3.3", "ruby3.4", "ruby4.0",
    ];

    /// <exception cref="Aws.AwsException">InvalidParameterValueException.</exception>
    internal static void ThrowIfUnknown(string runtime)
    {
        if (Built.Contains(runtime))
        {
            return;
        }

        throw NotBuilt.Contains(runtime)
            ? LambdaFault.NotBuilt($"The runtime {runtime}")
            : LambdaFault.Invalid(
                $"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
                + $"[{string.Join(", ", Built)}] or be a valid ARN");
    }
}
