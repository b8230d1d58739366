namespace Storage.Server.Aws;

/// <summary>Runs a request of a service and answers whatever goes wrong in that service's shape.</summary>
internal sealed class ServiceEndpoint(TextWriter log, Func<IAwsService, ValueTask> prepare)
{
    /// <summary>Answers one request; never throws for what a client did.</summary>
    internal async Task HandleAsync(HttpContext context, IAwsService service, AwsCall call)
    {
        try
        {
            await prepare(service);
            await service.HandleAsync(context, call);
        }
        catch (AwsException refusal)
        {
            await FailAsync(context, service, call, refusal.Fault);
        }
        catch (BadHttpRequestException refusal)
        {
            // Kestrel's words for a body that was cut short, came too slowly or ran past every limit. What follows on
            // the connection cannot be told from the body, so it ends here.
            context.Response.Headers.Connection = "close";
            var tooLarge = refusal.StatusCode == StatusCodes.Status413PayloadTooLarge;
            await FailAsync(context, service, call, new AwsFault(
                refusal.StatusCode, tooLarge ? "RequestEntityTooLargeException" : "SerializationException", refusal.Message));
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; there is nobody to answer.
        }
        catch (Exception error)
        {
            // Without messages and without the path: they can carry a user's values.
            await log.WriteLineAsync(
                $"Request {call.RequestId} ({service.SigningName}) failed: {error.GetType()}\n{error.StackTrace}");
            await FailAsync(context, service, call, new AwsFault(
                StatusCodes.Status500InternalServerError, service is RestService ? "ServiceException" : "InternalFailure", "Internal server error"));
        }
    }

    private static async Task FailAsync(HttpContext context, IAwsService service, AwsCall call, AwsFault fault)
    {
        if (context.Response.HasStarted)
        {
            context.Abort(); // A part of an answer is out; only breaking off tells the client.
            return;
        }

        // What the operation had set belongs to the answer that it did not give; what CORS set stays.
        context.Response.Headers.Remove("x-amzn-RequestId");
        try
        {
            await service.SendFaultAsync(context, call.RequestId, fault);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // As above.
        }
    }
}
