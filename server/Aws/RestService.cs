using System.Text.Json.Nodes;

namespace Storage.Server.Aws;

/// <summary>Runs one operation of a REST service.</summary>
internal delegate ValueTask<RestAnswer> RestOperation(RestRequest request, CancellationToken cancellation);

/// <summary>An operation's method and path; without <paramref name="Run"/> it is known but not built.</summary>
/// <param name="Method">E.g. POST.</param>
/// <param name="Template">E.g. <c>/2015-03-31/functions/{FunctionName}/invocations</c>; <c>{Name+}</c> takes the rest.</param>
/// <param name="Name">AWS's name of the operation.</param>
/// <param name="Run">What runs it.</param>
internal sealed record RestRoute(string Method, string Template, string Name, RestOperation? Run = null);

/// <summary>A service of the REST JSON protocol: the operation lies in method and path (Lambda).</summary>
/// <param name="signingName">E.g. <c>lambda</c>.</param>
/// <param name="bodyBytesMax">Largest request body; 413 RequestEntityTooLargeException beyond it.</param>
/// <param name="routes">All operations of the service, built or not.</param>
internal sealed class RestService(string signingName, long bodyBytesMax, IReadOnlyList<RestRoute> routes) : IAwsService
{
    public string SigningName => signingName;

    internal long BodyBytesMax => bodyBytesMax;

    internal IReadOnlyList<RestRoute> Routes => routes;

    /// <summary>Whether a route has this method and path, whoever signed: the router asks when a request is not signed.</summary>
    internal bool Knows(string method, string path) => throw new NotImplementedException();

    public Task HandleAsync(HttpContext context, AwsCall call) => throw new NotImplementedException();
}

/// <summary>A REST request, read whole.</summary>
internal sealed class RestRequest(
    AwsCall call,
    IReadOnlyDictionary<string, string> path,
    IQueryCollection query,
    IHeaderDictionary headers,
    ReadOnlyMemory<byte> body)
{
    internal AwsCall Call => call;

    /// <summary>Values of the path's parameters, decoded.</summary>
    internal IReadOnlyDictionary<string, string> Path => path;

    internal IQueryCollection Query => query;

    internal IHeaderDictionary Headers => headers;

    internal ReadOnlyMemory<byte> Body => body;

    /// <summary>The body as a JSON object; an empty body is an empty object.</summary>
    /// <exception cref="AwsException">SerializationException.</exception>
    internal JsonObject ReadJson() => throw new NotImplementedException();
}

/// <summary>A REST answer: JSON, or bytes of another type; sent whole.</summary>
internal sealed record RestAnswer(int Status, JsonNode? Json)
{
    /// <summary>Sent instead of <see cref="Json"/> when set.</summary>
    internal ReadOnlyMemory<byte>? Bytes { get; init; }

    internal string ContentType { get; init; } = "application/json";

    internal IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}
