using System.Globalization;
using System.Text.Json.Nodes;
using Storage.Server.Aws;
using Storage.Server.Contracts;

namespace Storage.Server.Lambda.Invocation;

/// <summary>Why a call is not run, in AWS's words. Source: recorded answers and the service model, Invoke.</summary>
internal static class InvokeRefusals
{
    private const int RetryAfterSeconds = 1;

    /// <summary>429: the function is at its reserved concurrency, zero included.</summary>
    internal static AwsFault ReservedConcurrencyExceeded => RateExceeded("ReservedFunctionConcurrentInvocationLimitExceeded");

    /// <summary>429: functions without a reservation are at what the account has for them.</summary>
    internal static AwsFault AccountConcurrencyExceeded => RateExceeded("ConcurrentInvocationLimitExceeded");

    /// <summary>404 for a function, version or alias.</summary>
    internal static AwsFault FunctionNotFound(string arn) =>
        new(404, "ResourceNotFoundException", "Function not found: " + arn);

    /// <summary>400 for a payload that is not JSON.</summary>
    internal static AwsFault PayloadNotJson(string why) => new(
        400, "InvalidRequestContentException", "Could not parse request body into json: Could not parse payload into json: " + why);

    internal static AwsFault ClientContextNotJson() => new(
        400, "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.");

    /// <summary>413.</summary>
    internal static AwsFault PayloadTooLarge(int bytes, InvocationType type, int bytesMax) => new(
        413,
        "RequestTooLargeException",
        string.Create(
            CultureInfo.InvariantCulture,
            $"{bytes} byte payload is too large for the {type} invocation type (limit {bytesMax} bytes)"));

    /// <summary>400 for a value that is not among those its member has.</summary>
    internal static AwsFault NotAmong(string member, string value, string values) => new(
        400,
        "ValidationException",
        $"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        + $"Member must satisfy enum value set: [{values}]");

    /// <summary>500: the environment could not be had, through no fault of the function.</summary>
    internal static AwsFault ServiceFailed() => new(
        500,
        "ServiceException",
        "An error occurred and the request cannot be processed.");

    private static AwsFault RateExceeded(string reason) => new(
        429,
        "TooManyRequestsException",
        "Rate Exceeded.",
        new JsonObject { ["Reason"] = reason, ["Type"] = "User" })
    {
        RetryAfterSeconds = RetryAfterSeconds,
    };
}
