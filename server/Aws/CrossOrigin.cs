namespace Storage.Server.Aws;

/// <summary>
/// What a browser may do from another web page's origin: nothing, unless that origin was given by --cors. A page on
/// another port of localhost is another page too. The server's own origin passes.
/// </summary>
internal sealed class CrossOrigin
{
    private const string AllowedHeadersDefault =
        "authorization, content-type, x-amz-target, x-amz-date, x-amz-security-token, x-amz-content-sha256, "
        + "x-amz-user-agent, amz-sdk-invocation-id, amz-sdk-request";

    private const string ExposedHeaders =
        "x-amzn-RequestId, x-amz-crc32, x-amzn-errortype, x-amz-executed-version, x-amz-function-error, x-amz-log-result";

    private readonly HashSet<string> origins;

    internal CrossOrigin(IEnumerable<string> origins) =>
        this.origins = new HashSet<string>(origins, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a request from <paramref name="origin"/> is served; when so, the answer is marked readable by it.
    /// </summary>
    internal bool Admits(HttpContext context, string origin)
    {
        if (origins.Contains(origin))
        {
            var headers = context.Response.Headers;
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlExposeHeaders = ExposedHeaders;
            headers.Vary = "Origin";
            return true;
        }

        // The Host was checked before, so an origin that is this very host is a page that this server sent.
        return origin.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            && origin.AsSpan("http://".Length).Equals(context.Request.Headers.Host.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Answers the browser's question before a request, for an origin that was admitted.</summary>
    internal static void AnswerPreflight(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = "POST, GET, PUT, DELETE, OPTIONS";
        var asked = context.Request.Headers.AccessControlRequestHeaders;
        headers.AccessControlAllowHeaders = asked.Count > 0 ? asked : AllowedHeadersDefault;
        headers.AccessControlMaxAge = "172800";
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentLength = 0;
    }
}
