using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Storage.Server.Aws;

/// <summary>Reads a request's whole body where it lies in the connection's pipe.</summary>
internal static class RequestBody
{
    /// <summary>The largest body served. Source: DynamoDB, BatchWriteItem and BatchGetItem, 16 MB.</summary>
    internal const int BytesMax = 16 * 1024 * 1024;

    /// <summary>
    /// The largest body read to its end, so that a client that only listens after sending everything gets its answer;
    /// a larger one is answered at once and its connection closed.
    /// </summary>
    internal const int DiscardedBytesMax = 4 * BytesMax;

    private const int CopyBytesMin = 4 * 1024;

    /// <summary>
    /// The body, or null when it is larger than <see cref="BytesMax"/>; then it has been consumed. A body that is
    /// returned must be released by <c>reader.AdvanceTo(body.End)</c>.
    /// </summary>
    /// <exception cref="Microsoft.AspNetCore.Http.BadHttpRequestException">The body was cut short, or too slow.</exception>
    internal static async ValueTask<ReadOnlySequence<byte>?> ReadAsync(PipeReader reader, CancellationToken cancellation)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellation);
            var buffer = result.Buffer;
            if (buffer.Length > BytesMax)
            {
                await DiscardAsync(reader, buffer.End, result.IsCompleted, cancellation);
                return null;
            }

            if (result.IsCompleted)
            {
                return buffer;
            }

            // Everything examined and nothing consumed: the pipe keeps it and goes on receiving.
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>
    /// The body in memory of its own, or null when it is larger than <paramref name="bytesMax"/>; what cannot be read to
    /// its end closes the connection. Memory grows with what has come, not with what was announced.
    /// </summary>
    /// <exception cref="Microsoft.AspNetCore.Http.BadHttpRequestException">The body was cut short, or too slow.</exception>
    internal static async ValueTask<ReadOnlyMemory<byte>?> CopyAsync(HttpContext context, long bytesMax)
    {
        var request = context.Request;
        if (request.ContentLength > Math.Max(bytesMax, DiscardedBytesMax))
        {
            context.Response.Headers.Connection = "close";
            return null;
        }

        if (bytesMax > DiscardedBytesMax
            && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = bytesMax + 1;
        }

        if (request.ContentLength == 0)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        var copy = new ArrayBufferWriter<byte>((int)Math.Min(request.ContentLength ?? CopyBytesMin, CopyBytesMin));
        var fits = true;
        while (true)
        {
            var result = await request.BodyReader.ReadAsync();
            fits &= copy.WrittenCount + result.Buffer.Length <= bytesMax;
            if (fits)
            {
                foreach (var part in result.Buffer)
                {
                    copy.Write(part.Span);
                }
            }

            request.BodyReader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                // IMPORTANT: a bare null would be an empty array's memory here, and a body that is too large an empty one.
                return fits ? copy.WrittenMemory : (ReadOnlyMemory<byte>?)null;
            }
        }
    }

    private static async ValueTask DiscardAsync(
        PipeReader reader, SequencePosition end, bool completed, CancellationToken cancellation)
    {
        reader.AdvanceTo(end);
        while (!completed)
        {
            var result = await reader.ReadAsync(cancellation);
            completed = result.IsCompleted;
            reader.AdvanceTo(result.Buffer.End);
        }
    }
}
