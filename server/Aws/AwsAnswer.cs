using System.Buffers;
using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
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

    /// <summary>Sends a whole body; without one when there is none. The request id stays when the answer has one already.</summary>
    internal static Task SendAsync(
        HttpContext context, string requestId, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.TryAdd("x-amzn-RequestId", requestId);
        if (status == StatusCodes.Status204NoContent)
        {
            return Task.CompletedTask;
        }

        response.ContentLength = body.Length;
        if (body.IsEmpty)
        {
            return Task.CompletedTask;
        }

        response.ContentType = contentType;
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>Sends XML as the Query services do.</summary>
    internal static Task SendXmlAsync(HttpContext context, string requestId, int status, XElement body)
    {
        using var stream = new MemoryStream();

        // A user's text may hold characters that XML 1.0 cannot: they go out as references, as AWS's do.
        using (var writer = XmlWriter.Create(
            stream, new XmlWriterSettings { CheckCharacters = false, OmitXmlDeclaration = true, Encoding = new UTF8Encoding(false) }))
        {
            body.WriteTo(writer);
        }

        return SendAsync(context, requestId, status, "text/xml", stream.ToArray());
    }

    /// <summary>Sends an error that the engine has no part in.</summary>
    internal static void SendError(HttpContext context, string requestId, int status, string errorType, string message)
    {
        using var body = new ResponseBuffer();
        ErrorJson.Write(body, errorType, message);
        Send(context, requestId, status, body);
    }
}
