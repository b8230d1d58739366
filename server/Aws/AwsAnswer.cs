using System.Buffers;
using System.Globalization;
using Storage.Engine.Api;

namespace Storage.Server.Aws;

/// <summary>Puts an answer on the wire as AWS does: length, checksum and request id before the body.</summary>
internal static class AwsAnswer
{
    internal const string JsonContentType = "application/x-amz-json-1.0";

    /// <summary>
    /// Sends <paramref name="body"/> whole. Kestrel flushes headers and body together when the request ends, so this
    /// neither waits nor flushes.
    /// </summary>
    internal static void Send(HttpContext context, string requestId, int status, ResponseBuffer body)
    {
        var response = context.Response;
        response.StatusCode = status;
        var headers = response.Headers;
        headers.ContentType = JsonContentType;
        headers.ContentLength = body.Written.Length;
        headers["x-amzn-RequestId"] = requestId;
        headers["x-amz-crc32"] = body.Crc32.ToString(CultureInfo.InvariantCulture);
        response.BodyWriter.Write(body.Written.Span);
    }

    /// <summary>Sends an error that the engine has no part in.</summary>
    internal static void SendError(HttpContext context, string requestId, int status, string errorType, string message)
    {
        using var body = new ResponseBuffer();
        ErrorJson.Write(body, errorType, message);
        Send(context, requestId, status, body);
    }
}
