using Storage.Engine.Api;

namespace Storage.Server.Aws;

/// <summary>
/// POST / of the DynamoDB JSON protocol: content type, target, credentials and body are checked in this order, then the
/// engine answers.
/// </summary>
internal sealed class DynamoDbEndpoint(DynamoDbApi api, TextWriter log)
{
    /// <summary>Answers one request; never throws for what a client did.</summary>
    internal async Task HandleAsync(HttpContext context, string requestId)
    {
        using var answer = new ResponseBuffer();
        try
        {
            var status = await AnswerAsync(context, answer);
            AwsAnswer.Send(context, requestId, status, answer);
        }
        catch (BadHttpRequestException refusal)
        {
            // Kestrel's words for a body that was cut short, came too slowly or ran past every limit. What follows on
            // the connection cannot be told from the body, so it ends here.
            context.Response.Headers.Connection = "close";
            var tooLarge = refusal.StatusCode == StatusCodes.Status413PayloadTooLarge;
            AwsAnswer.SendError(
                context,
                requestId,
                refusal.StatusCode,
                tooLarge ? "RequestEntityTooLargeException" : "SerializationException",
                tooLarge ? TooLargeMessage : refusal.Message);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; there is nobody to answer.
        }
        catch (Exception error)
        {
            await LogAsync(context, requestId, error);
            AwsAnswer.SendError(
                context, requestId, StatusCodes.Status500InternalServerError, "InternalServerError", "Internal server error");
        }
    }

    private static string TooLargeMessage => $"The request is larger than {RequestBody.BytesMax} bytes.";

    private async ValueTask<int> AnswerAsync(HttpContext context, ResponseBuffer answer)
    {
        var request = context.Request;
        if (!JsonBody.IsJson(request.ContentType))
        {
            // Anything else is what a web page may send without a preflight; DynamoDB knows no operation for it either.
            ErrorJson.Write(
                answer, "UnknownOperationException", "The Content-Type of a request is " + AwsAnswer.JsonContentType + ".");
            return StatusCodes.Status404NotFound;
        }

        string? target = request.Headers["X-Amz-Target"];
        if (target is null || !target.StartsWith("DynamoDB", StringComparison.Ordinal))
        {
            ErrorJson.Write(answer, "UnknownOperationException", string.Empty);
            return StatusCodes.Status400BadRequest;
        }

        if (!CredentialScope.IsPresent(request))
        {
            ErrorJson.Write(answer, "MissingAuthenticationTokenException", "Request is missing Authentication Token");
            return StatusCodes.Status400BadRequest;
        }

        if (request.ContentLength > RequestBody.DiscardedBytesMax)
        {
            context.Response.Headers.Connection = "close";
            ErrorJson.Write(answer, "RequestEntityTooLargeException", TooLargeMessage);
            return StatusCodes.Status413PayloadTooLarge;
        }

        // No RequestAborted here or below: asking for it allocates a source per request, and an operation is bounded.
        var reader = request.BodyReader;
        if (await RequestBody.ReadAsync(reader, CancellationToken.None) is not { } body)
        {
            ErrorJson.Write(answer, "RequestEntityTooLargeException", TooLargeMessage);
            return StatusCodes.Status413PayloadTooLarge;
        }

        try
        {
            return await api.HandleAsync(target, body, answer, CancellationToken.None);
        }
        finally
        {
            reader.AdvanceTo(body.End);
        }
    }

    /// <summary>Says what failed and where, without messages: they can carry a user's values.</summary>
    private async Task LogAsync(HttpContext context, string requestId, Exception error)
    {
        string? target = context.Request.Headers["X-Amz-Target"];
        await log.WriteLineAsync($"Request {requestId} ({target}) failed: {error.GetType()}\n{error.StackTrace}");
    }
}
