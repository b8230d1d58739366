using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http.Extensions;

namespace Storage.Server.Aws;

/// <summary>
/// Finds the service of a request that is not DynamoDB's. Order: host name, X-Amz-Target, service of the signature's
/// credential scope, path. What AWS has and this server has not is answered by its name.
/// </summary>
internal sealed class ServiceTable
{
    /// <summary>Parts of host names that are no service's endpoint but something that it made.</summary>
    private static readonly (string Part, string Title)[] HostParts =
    [
        (".execute-api.", "Amazon API Gateway's invoke URL"),
        (".lambda-url.", "AWS Lambda's function URL"),
        (".cloudfront.", "Amazon CloudFront's distribution"),
        (".s3.", "Amazon Simple Storage Service's bucket"),
    ];

    private readonly IReadOnlyList<IAwsService> services;
    private readonly ServiceEndpoint endpoint;
    private readonly string region;
    private readonly string accountId;

    internal ServiceTable(
        IReadOnlyList<IAwsService> services, Func<IAwsService, ValueTask> prepare, string region, string accountId, TextWriter log)
    {
        this.services = services;
        this.region = region;
        this.accountId = accountId;
        endpoint = new ServiceEndpoint(log, prepare);
    }

    /// <summary>Answers a request, or gives null when it is nobody's: DynamoDB's, or unknown.</summary>
    internal Task? TryHandle(HttpContext context)
    {
        var request = context.Request;
        var host = request.Host.Host;
        foreach (var (part, title) in HostParts)
        {
            if (host.Contains(part, StringComparison.OrdinalIgnoreCase))
            {
                return SendUnbuiltAsync(context, false, title);
            }
        }

        var atRoot = HttpMethods.IsPost(request.Method) && request.Path == "/";
        var scope = CredentialScope.Of(request);
        if (atRoot && request.Headers["X-Amz-Target"].ToString() is { Length: > 0 } target)
        {
            return OfTarget(context, scope, target);
        }

        if (scope.Service.Length > 0 && scope.Service != "dynamodb")
        {
            return OfScope(context, scope, atRoot);
        }

        var rest = services.OfType<RestService>().FirstOrDefault(service => service.Knows(request.Method, request.Path.Value ?? "/"));
        return rest is null ? null : RunAsync(context, rest, scope);
    }

    private Task? OfTarget(HttpContext context, CredentialScope scope, string target)
    {
        var service = services.OfType<JsonService>()
            .FirstOrDefault(one => target.StartsWith(one.TargetPrefix, StringComparison.Ordinal));
        if (service is not null)
        {
            return RunAsync(context, service, scope);
        }

        var known = KnownService.All.FirstOrDefault(
            one => one.TargetPrefix is { } prefix && target.StartsWith(prefix, StringComparison.Ordinal));
        return known is null ? null : SendUnbuiltAsync(context, known.IsXml, known.Title, target[known.TargetPrefix!.Length..]);
    }

    private Task? OfScope(HttpContext context, CredentialScope scope, bool atRoot)
    {
        var service = services.FirstOrDefault(one => one.SigningName == scope.Service && (atRoot || one is RestService));
        if (service is not null)
        {
            return RunAsync(context, service, scope);
        }

        var built = services.Any(one => one.SigningName == scope.Service);
        var known = KnownService.All.FirstOrDefault(one => one.SigningName == scope.Service);
        return known is null || built ? null
            : atRoot && known.IsXml ? SendUnbuiltActionAsync(context, known.Title)
            : SendUnbuiltAsync(context, known.IsXml, known.Title);
    }

    private Task RunAsync(HttpContext context, IAwsService service, CredentialScope scope) => endpoint.HandleAsync(
        context,
        service,
        new AwsCall(NewRequestId(), scope.Region.Length > 0 ? scope.Region : region, accountId, scope.AccessKeyId));

    /// <summary>A Query service has its operation in the form.</summary>
    private static async Task SendUnbuiltActionAsync(HttpContext context, string title)
    {
        string? action = null;
        try
        {
            action = await RequestBody.CopyAsync(context, QueryService.BodyBytesMax) is { } form
                ? QueryParameters.Parse(Encoding.UTF8.GetString(form.Span))["Action"]
                : null;
        }
        catch (BadHttpRequestException)
        {
            context.Response.Headers.Connection = "close"; // What follows on the connection cannot be told from the body.
        }

        await SendUnbuiltAsync(context, true, title, action);
    }

    private static Task SendUnbuiltAsync(HttpContext context, bool isXml, string title, string? operation = null)
    {
        var request = context.Request;
        var fault = Unbuilt.Service(title, operation ?? $"{request.Method} {UriHelper.BuildRelative(path: request.Path)}");
        var requestId = NewRequestId();
        if (isXml)
        {
            return AwsAnswer.SendXmlAsync(
                context, requestId, fault.Status, QueryService.FaultOf(XNamespace.None, requestId, fault));
        }

        context.Response.Headers["x-amzn-errortype"] = fault.Code;
        return AwsAnswer.SendAsync(
            context,
            requestId,
            fault.Status,
            "application/json",
            JsonSerializer.SerializeToUtf8Bytes(JsonBody.FaultOf(fault), JsonBody.Writing));
    }

    /// <summary>The layers' services give UUIDs; the logs of a function show its caller's.</summary>
    private static string NewRequestId() => Guid.NewGuid().ToString();
}
