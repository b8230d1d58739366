using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>
/// Gives a version's zip: what GetFunction's Code.Location leads to. Like AWS's location it brings its credentials and
/// only needs to be known: it holds the SHA-256 of the zip.
/// </summary>
internal sealed class GetFunctionCode(FunctionCatalog catalog)
{
    internal const string Template = "/_local/lambda/code/{FunctionName}/{Version}/{Blob}";

    /// <summary>Where the zip can be read, seen from who asks; null when the request does not say how it came here.</summary>
    internal static string? LocationOf(FunctionVersion version, RestRequest request) =>
        request.Headers.Host.FirstOrDefault() is { Length: > 0 } host
            ? $"http://{host}/_local/lambda/code/{version.Name}/{version.Version}/{version.CodeBlob}"
                + $"?X-Amz-Credential=local%2F20260101%2F{request.Call.Region}%2Flambda%2Faws4_request"
            : null;

    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var reference = FunctionReference.Parse(request.Path["FunctionName"], request.Path["Version"], catalog.Home);
        var function = await catalog.ReadAsync(reference, cancellation).ConfigureAwait(false);
        if (function is null || function.Version.CodeBlob != request.Path["Blob"])
        {
            throw LambdaFault.FunctionNotFound(reference.QualifiedArn);
        }

        var zip = await catalog.Blobs.ReadAsync(function.Version.CodeBlob, cancellation).ConfigureAwait(false);
        return new RestAnswer(200, null) { Bytes = zip, ContentType = "application/zip" };
    }
}
