using System.Text.Json;
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
    private readonly ServiceModel model = ServiceModel.Of(signingName);

    public string SigningName => signingName;

    internal string TargetPrefix => targetPrefix;

    internal string Version => version;

    internal IReadOnlyDictionary<string, JsonOperation> Operations => operations;

    private string ContentType => "application/x-amz-json-" + version;

    public async Task HandleAsync(HttpContext context, AwsCall call)
    {
        var request = context.Request;
        if (!JsonBody.IsJson(request.ContentType))
        {
            // Anything else is what a web page may send without a preflight.
            throw new AwsException(
                StatusCodes.Status404NotFound, "UnknownOperationException", $"The Content-Type of a request is {ContentType}.");
        }

        if (!CredentialScope.IsPresent(request))
        {
            throw new AwsException(
                StatusCodes.Status400BadRequest, "MissingAuthenticationTokenException", "Request is missing Authentication Token");
        }

        var operation = Find(request.Headers["X-Amz-Target"]);
        var body = await RequestBody.CopyAsync(context, RequestBody.BytesMax) ?? throw new AwsException(
            StatusCodes.Status413PayloadTooLarge,
            "RequestEntityTooLargeException",
            $"The request is larger than {RequestBody.BytesMax} bytes.");
        var answer = await operation(call, JsonBody.Parse(body), context.RequestAborted);
        await AwsAnswer.SendAsync(
            context, call.RequestId, StatusCodes.Status200OK, ContentType, JsonSerializer.SerializeToUtf8Bytes(answer, JsonBody.Writing));
    }

    public Task SendFaultAsync(HttpContext context, string requestId, AwsFault fault)
    {
        context.Response.Headers["x-amzn-errortype"] = fault.Code;
        return AwsAnswer.SendAsync(
            context,
            requestId,
            fault.Status,
            ContentType,
            JsonSerializer.SerializeToUtf8Bytes(JsonBody.FaultOf(fault), JsonBody.Writing));
    }

    private JsonOperation Find(string? target)
    {
        var name = target is not null && target.StartsWith(targetPrefix, StringComparison.Ordinal)
            ? target[targetPrefix.Length..]
            : string.Empty;
        if (operations.TryGetValue(name, out var operation))
        {
            return operation;
        }

        throw model.Has(name)
            ? Unbuilt.Operation(model, name)
            : new AwsException(StatusCodes.Status400BadRequest, "UnknownOperationException", string.Empty);
    }
}
