using System.Text;
using Storage.Engine;
using Storage.Engine.Api;

namespace Storage.Server.Aws;

/// <summary>
/// Every request's way in. Order of the checks: host, origin, method and path; the protocol's own follow in
/// <see cref="DynamoDbEndpoint"/>. Whatever fails is answered in AWS's shape and the connection stays sound.
/// </summary>
internal sealed class ServiceRouter
{
    private readonly Store store;
    private readonly HostRules hosts;
    private readonly CrossOrigin crossOrigin;
    private readonly DynamoDbEndpoint dynamoDb;
    private readonly RequestIds requestIds;
    private readonly ServiceTable services;
    private readonly string healthy;
    private readonly Func<string> health;

    /// <param name="store">The store behind DynamoDB.</param>
    /// <param name="hosts">Which Host headers are served.</param>
    /// <param name="crossOrigin">Which web pages may call.</param>
    /// <param name="requestIds">Ids of DynamoDB's answers.</param>
    /// <param name="log">Where our own mistakes go.</param>
    /// <param name="services">The services beside DynamoDB.</param>
    /// <param name="prepare">Called before a service gets a request: it may have to begin.</param>
    /// <param name="health">What the services tell of themselves in /healthz, whole lines.</param>
    internal ServiceRouter(
        Store store,
        HostRules hosts,
        CrossOrigin crossOrigin,
        RequestIds requestIds,
        TextWriter log,
        IReadOnlyList<IAwsService>? services = null,
        Func<IAwsService, ValueTask>? prepare = null,
        Func<string>? health = null)
    {
        this.health = health ?? (() => string.Empty);
        this.services = new ServiceTable(
            services ?? [], prepare ?? (_ => ValueTask.CompletedTask), store.Options.Region, store.Options.AccountId, log);
        this.store = store;
        this.hosts = hosts;
        this.crossOrigin = crossOrigin;
        this.requestIds = requestIds;
        dynamoDb = new DynamoDbEndpoint(store.Api, log);
        healthy = $"healthy: dynamodb.{store.Options.Region}.amazonaws.com ";
    }

    /// <summary>Answers one request.</summary>
    internal Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var requestId = requestIds.Next();
        if (!hosts.Allows(request.Headers.Host))
        {
            AwsAnswer.SendError(
                context,
                requestId,
                StatusCodes.Status403Forbidden,
                "AccessDeniedException",
                "The Host header names neither a loopback address nor a configured host (--allow-host NAME).");
            return Task.CompletedTask;
        }

        var origin = request.Headers.Origin;
        if (origin.Count > 0 && !crossOrigin.Admits(context, origin.ToString()))
        {
            AwsAnswer.SendError(
                context,
                requestId,
                StatusCodes.Status403Forbidden,
                "AccessDeniedException",
                "Requests from the web page's origin are not allowed (--cors ORIGIN allows one).");
            return Task.CompletedTask;
        }

        var atRoot = HttpMethods.IsPost(request.Method) && request.Path == "/";
        if (atRoot && IsDynamoDb(request))
        {
            return dynamoDb.HandleAsync(context, requestId);
        }

        return AnswerLocal(context, requestId)
            ?? (IsFetchedByForeignPage(request) ? RefuseForeignPage(context, requestId) : services.TryHandle(context))
            ?? (atRoot ? dynamoDb.HandleAsync(context, requestId) : AnswerUnknown(context, requestId));
    }

    /// <summary>DynamoDB and its streams, by far the most requests: they are told first, and without a string made.</summary>
    private static bool IsDynamoDb(HttpRequest request) =>
        request.Headers["X-Amz-Target"] is [{ } target] && target.StartsWith("DynamoDB", StringComparison.Ordinal);

    /// <summary>
    /// Browsers say Origin when a page posts, but not when it has an image or script loaded. What that can reach must not
    /// be asked for by another site's page either.
    /// </summary>
    private static bool IsFetchedByForeignPage(HttpRequest request) =>
        request.Headers.Origin.Count == 0 && request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";

    private static Task RefuseForeignPage(HttpContext context, string requestId)
    {
        AwsAnswer.SendError(
            context,
            requestId,
            StatusCodes.Status403Forbidden,
            "AccessDeniedException",
            "Requests from the web page's origin are not allowed (--cors ORIGIN allows one).");
        return Task.CompletedTask;
    }

    /// <summary>Health and preflights; null for everything else.</summary>
    private Task? AnswerLocal(HttpContext context, string requestId)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            switch (request.Path.Value)
            {
                // Signed for another service it is a call of that one, such as S3's ListBuckets.
                case "/" when CredentialScope.Of(request).Service is "" or "dynamodb":
                    return SendTextAsync(context, requestId, StatusCodes.Status200OK, healthy);
                case "/healthz":
                    return SendTextAsync(context, requestId, StatusCodes.Status200OK, "ok\n" + health());
                case "/readyz":
                    return store.WritesStoppedBecause is { } reason
                        ? SendTextAsync(context, requestId, StatusCodes.Status503ServiceUnavailable, reason + "\n")
                        : SendTextAsync(context, requestId, StatusCodes.Status200OK, "ready\n");
                default:
                    break;
            }
        }
        else if (HttpMethods.IsOptions(request.Method) && request.Headers.Origin.Count > 0)
        {
            CrossOrigin.AnswerPreflight(context);
            return Task.CompletedTask;
        }

        return null;
    }

    private static Task AnswerUnknown(HttpContext context, string requestId)
    {
        AwsAnswer.SendError(
            context, requestId, StatusCodes.Status404NotFound, "UnknownOperationException", "No operation has this method and path.");
        return Task.CompletedTask;
    }

    private static async Task SendTextAsync(HttpContext context, string requestId, int status, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = body.Length;
        context.Response.Headers["x-amzn-RequestId"] = requestId;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
