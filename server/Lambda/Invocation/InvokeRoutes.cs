using System.Text.Json;
using System.Text.Json.Nodes;
using Storage.Server.Aws;
using Storage.Server.Contracts;

namespace Storage.Server.Lambda.Invocation;

/// <summary>Invoke, and InvokeAsync from before it.</summary>
internal sealed class InvokeRoutes
{
    /// <summary>Characters of X-Amz-Client-Context. Source: API reference, Invoke: up to 3,583 bytes of Base64.</summary>
    private const int ClientContextLengthMax = 3583;

    private readonly IFunctionInvoker invoker;

    private InvokeRoutes(IFunctionInvoker invoker) => this.invoker = invoker;

    /// <summary>The routes of both operations.</summary>
    internal static IReadOnlyList<RestRoute> Of(IFunctionInvoker invoker)
    {
        var routes = new InvokeRoutes(invoker);
        return
        [
            new RestRoute("POST", "/2015-03-31/functions/{FunctionName}/invocations", "Invoke", routes.InvokeAsync),
            new RestRoute("POST", "/2014-11-13/functions/{FunctionName}/invoke-async", "InvokeAsync", routes.QueueAsync),
        ];
    }

    private async ValueTask<RestAnswer> InvokeAsync(RestRequest request, CancellationToken cancellation)
    {
        var call = new FunctionCall(request.Path["FunctionName"], request.Body, TypeOf(request))
        {
            Qualifier = NonEmpty(request.Query["Qualifier"]),
            ClientContext = ClientContextOf(request),
            WantsLogTail = WantsLogTail(request),
            TraceId = NonEmpty(request.Headers["X-Amzn-Trace-Id"]),
        };
        var answer = await invoker.InvokeAsync(call, cancellation);
        if (answer.Refusal is { } fault)
        {
            throw new AwsException(fault);
        }

        var headers = new List<KeyValuePair<string, string>>();
        Add(headers, "x-amzn-RequestId", answer.RequestId); // The id in the function's log is the id of the answer.
        Add(headers, "X-Amz-Executed-Version", answer.ExecutedVersion);
        Add(headers, "X-Amz-Function-Error", answer.FunctionError);
        if (answer.LogTail is { } tail)
        {
            headers.Add(new("X-Amz-Log-Result", Convert.ToBase64String(tail.Span)));
        }

        return new RestAnswer(answer.Status, null) { Bytes = answer.Payload, Headers = headers };
    }

    private async ValueTask<RestAnswer> QueueAsync(RestRequest request, CancellationToken cancellation)
    {
        var call = new FunctionCall(request.Path["FunctionName"], request.Body, InvocationType.Event);
        var answer = await invoker.InvokeAsync(call, cancellation);
        return answer.Refusal is { } fault
            ? throw new AwsException(fault)
            : new RestAnswer(202, new JsonObject { ["Status"] = 202 });
    }

    private static InvocationType TypeOf(RestRequest request)
    {
        var text = NonEmpty(request.Headers["X-Amz-Invocation-Type"]);
        return text switch
        {
            null or "RequestResponse" => InvocationType.RequestResponse,
            "Event" => InvocationType.Event,
            "DryRun" => InvocationType.DryRun,
            _ => throw new AwsException(
                InvokeRefusals.NotAmong("invocationType", text, "Event, RequestResponse, DryRun")),
        };
    }

    private static bool WantsLogTail(RestRequest request)
    {
        var text = NonEmpty(request.Headers["X-Amz-Log-Type"]);
        return text switch
        {
            null or "None" => false,
            "Tail" => true,
            _ => throw new AwsException(InvokeRefusals.NotAmong("logType", text, "None, Tail")),
        };
    }

    /// <summary>As it came, once it is known to be an object: it ends in a header of the function's own request.</summary>
    private static string? ClientContextOf(RestRequest request)
    {
        var text = NonEmpty(request.Headers["X-Amz-Client-Context"]);
        if (text is null)
        {
            return null;
        }

        var bytes = new byte[ClientContextLengthMax];
        if (text.Length > ClientContextLengthMax || !Convert.TryFromBase64String(text, bytes, out var length))
        {
            throw new AwsException(InvokeRefusals.ClientContextNotJson());
        }

        try
        {
            using var context = JsonDocument.Parse(bytes.AsMemory(0, length));
            return context.RootElement.ValueKind == JsonValueKind.Object
                ? text
                : throw new AwsException(InvokeRefusals.ClientContextNotJson());
        }
        catch (JsonException)
        {
            throw new AwsException(InvokeRefusals.ClientContextNotJson());
        }
    }

    private static void Add(List<KeyValuePair<string, string>> headers, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            headers.Add(new(name, value));
        }
    }

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
