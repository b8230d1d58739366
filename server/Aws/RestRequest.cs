using System.Text.Json.Nodes;

namespace Storage.Server.Aws;

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
    internal JsonObject ReadJson() => JsonBody.Parse(body);
}
