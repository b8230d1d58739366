using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Storage.Engine.Api;

namespace Storage.Engine.AwsSdk;

/// <summary>
/// Answers HTTP requests of the DynamoDB JSON protocol from a store in this process. What would come over a socket is
/// there: status, x-amzn-RequestId, x-amz-crc32, content type and length.
/// </summary>
internal sealed class StoreMessageHandler(Store store, RequestIds requestIds) : HttpMessageHandler
{
    private static readonly MediaTypeHeaderValue Json = new("application/x-amz-json-1.0");

    /// <summary>
    /// For the SDK's synchronous members, such as <c>Table.LoadTable</c>: blocks the calling thread. Nothing below
    /// returns to a caller's context, so this waits for no one who waits for it.
    /// </summary>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, cancellationToken).GetAwaiter().GetResult();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var target = request.Headers.TryGetValues("X-Amz-Target", out var values) ? values.First() : string.Empty;
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        using var answer = new ResponseBuffer();
        var status = await store.Api
            .HandleAsync(target, new ReadOnlySequence<byte>(body), answer, cancellationToken)
            .ConfigureAwait(false);

        // The buffer goes back to its pool and the SDK reads when it likes, so the answer gets bytes of its own.
        var response = new HttpResponseMessage((HttpStatusCode)status)
        {
            RequestMessage = request,
            Content = new ByteArrayContent(answer.Written.ToArray()),
        };
        response.Content.Headers.ContentType = Json;
        response.Headers.TryAddWithoutValidation("x-amzn-RequestId", requestIds.Next());
        response.Headers.TryAddWithoutValidation("x-amz-crc32", answer.Crc32.ToString(CultureInfo.InvariantCulture));
        return response;
    }
}
