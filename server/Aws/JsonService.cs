using System.Text.Json.Nodes;

namespace Storage.Server.Aws;

/// <summary>Runs one operation of a JSON service: the request's object in, the answer's object out.</summary>
internal delegate ValueTask<JsonObject> JsonOperation(AwsCall call, JsonObject request, CancellationToken cancellation);

/// <summary>
/// A service of the AWS JSON protocol: POST /, the operation in X-Amz-Target. An operation of the service that is not
/// in the table answers an error that names it.
/// </summary>
/// <param name="signingName">E.g. <c>logs</c>.</param>
/// <param name="targetPrefix">E.g. <c>Logs_20140328.</c></param>
/// <param name="version">1.0 or 1.1 of <c>application/x-amz-json-</c>.</param>
/// <param name="operations">By name, e.g. <c>CreateLogGroup</c>.</param>
internal sealed class JsonService(
    string signingName, string targetPrefix, string version, IReadOnlyDictionary<string, JsonOperation> operations) : IAwsService
{
    public string SigningName => signingName;

    internal string TargetPrefix => targetPrefix;

    internal string Version => version;

    internal IReadOnlyDictionary<string, JsonOperation> Operations => operations;

    public Task HandleAsync(HttpContext context, AwsCall call) => throw new NotImplementedException();
}
