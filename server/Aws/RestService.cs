using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;

namespace Storage.Server.Aws;

/// <summary>
/// A service of the REST JSON protocol: the operation lies in method and path (Lambda). Operations of its model that are
/// not among the routes answer an error that names them.
/// </summary>
internal sealed class RestService : IAwsService
{
    private readonly ServiceModel model;
    private readonly RouteTable table;

    /// <param name="signingName">E.g. <c>lambda</c>.</param>
    /// <param name="bodyBytesMax">Largest request body; 413 RequestEntityTooLargeException beyond it.</param>
    /// <param name="routes">Operations of the service, built or not.</param>
    internal RestService(string signingName, long bodyBytesMax, IReadOnlyList<RestRoute> routes)
    {
        SigningName = signingName;
        BodyBytesMax = bodyBytesMax;
        model = ServiceModel.Of(signingName);
        var given = routes.Select(route => route.Name).ToHashSet(StringComparer.Ordinal);
        Routes = [.. routes, .. model.Routes.Where(route => !given.Contains(route.Name))];
        table = new RouteTable(Routes);
    }

    public string SigningName { get; }

    internal long BodyBytesMax { get; }

    /// <summary>All operations of the service, built or not.</summary>
    internal IReadOnlyList<RestRoute> Routes { get; }

    /// <summary>Whether a route has this method and path, whoever signed: the router asks when a request is not signed.</summary>
    internal bool Knows(string method, string path) => table.Find(method, RouteTable.Split(path), static (_, _) => true) is not null;

    public async Task HandleAsync(HttpContext context, AwsCall call)
    {
        var request = context.Request;
        if (!CredentialScope.IsPresent(request))
        {
            throw new AwsException(
                StatusCodes.Status403Forbidden, "MissingAuthenticationTokenException", "Missing Authentication Token");
        }

        var (route, values) = table.Find(request.Method, RouteTable.Split(RawPath(context)), HasQuery) ?? throw new AwsException(
            StatusCodes.Status404NotFound, "UnknownOperationException", "No operation has this method and path.");
        if (route.Run is null)
        {
            throw Unbuilt.Operation(model, route.Name);
        }

        var body = await RequestBody.CopyAsync(context, BodyBytesMax) ?? throw new AwsException(
            StatusCodes.Status413PayloadTooLarge,
            "RequestEntityTooLargeException",
            $"Request must be smaller than {BodyBytesMax} bytes for the {route.Name} operation");
        var answer = await route.Run(
            new RestRequest(call, values, request.Query, request.Headers, body), context.RequestAborted);
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        var content = answer.Bytes ?? (answer.Json is null ? default : JsonSerializer.SerializeToUtf8Bytes(answer.Json, JsonBody.Writing));
        await AwsAnswer.SendAsync(context, call.RequestId, answer.Status, answer.ContentType, content);

        bool HasQuery(string name, string value) => request.Query.TryGetValue(name, out var found) && found == value;
    }

    public Task SendFaultAsync(HttpContext context, string requestId, AwsFault fault)
    {
        var body = new JsonObject();
        foreach (var (name, value) in fault.Members ?? [])
        {
            body[name] = value?.DeepClone();
        }

        body.TryAdd("Type", fault.Status < StatusCodes.Status500InternalServerError ? "User" : "Service");
        body[model.HasCapitalMessage(fault.Code) ? "Message" : "message"] = fault.Message;
        var headers = context.Response.Headers;
        headers["x-amzn-ErrorType"] = fault.Code;
        if (fault.RetryAfterSeconds is { } seconds)
        {
            headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return AwsAnswer.SendAsync(
            context, requestId, fault.Status, "application/json", JsonSerializer.SerializeToUtf8Bytes(body, JsonBody.Writing));
    }

    /// <summary>The path as it came: Kestrel's own decodes a value's colon, but not its slash.</summary>
    private static string RawPath(HttpContext context)
    {
        var raw = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        return raw is { Length: > 0 } && raw[0] == '/' ? raw : context.Request.Path.Value ?? "/";
    }
}
