using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// Reads HTTP/1.1 requests of one connection, one after another. What it reads comes from a function's process and may be
/// anything: heads, bodies, chunk lines and trailers are bounded, and what is ambiguous is refused rather than guessed.
/// </summary>
internal sealed class HttpRequestReader(Stream stream)
{
    /// <summary>
    /// Request line and headers together. AWS's own runtime client for Node puts a whole stack trace, message included and
    /// up to 1 MiB, into one header (Lambda-Runtime-Function-XRay-Error-Cause), in UTF-8.
    /// </summary>
    internal const int HeadBytesMax = (1024 + 64) * 1024;

    /// <summary>Trailers together.</summary>
    internal const int TrailerBytesMax = 16 * 1024;

    /// <summary>What is read and thrown away of a body over its limit, so that a client that writes first reads the answer.</summary>
    internal const long DiscardedBytesMax = 64 * 1024 * 1024;

    private const int ChunkLineBytesMax = 256;

    private byte[] buffer = new byte[TrailerBytesMax];
    private int start;
    private int end;
    private Task<int>? watch;

    /// <summary>The next request's head, or null when the client ended the connection between requests.</summary>
    internal async ValueTask<HttpHead?> ReadHeadAsync(CancellationToken cancellation)
    {
        var searched = 0; // where the end may begin
        while (true)
        {
            var length = buffer.AsSpan(start + searched, end - start - searched).IndexOf("\r\n\r\n"u8);
            if (length >= 0)
            {
                length += searched;
                var head = Parse(buffer.AsSpan(start, length));
                start += length + 4;
                return head;
            }

            if (end - start >= HeadBytesMax)
            {
                throw new HttpFormatException(431, "Headers too large");
            }

            searched = Math.Max(0, end - start - 3);
            if (end - start == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 4, HeadBytesMax));
            }

            if (!await FillAsync(cancellation))
            {
                return start == end ? null : throw new HttpFormatException(400, "Incomplete request");
            }
        }
    }

    /// <summary>The body and, after chunks, its trailers. A body over the limit is read to its end and given as null.</summary>
    internal async ValueTask<(byte[]? Body, IReadOnlyDictionary<string, string> Trailers)> ReadBodyAsync(
        HttpHead head, int bytesMax, CancellationToken cancellation)
    {
        var none = new Dictionary<string, string>();
        if (head.Chunked)
        {
            return await ReadChunksAsync(bytesMax, cancellation);
        }

        if (head.ContentLength is not > 0)
        {
            return ([], none);
        }

        if (head.ContentLength > bytesMax)
        {
            await DiscardAsync(head.ContentLength.Value, cancellation);
            return (null, none);
        }

        var body = new byte[head.ContentLength.Value];
        await ReadExactlyAsync(body, cancellation);
        return (body, none);
    }

    /// <summary>
    /// Completes when the client closes the connection while an answer is prepared. It reads ahead, so at most once
    /// between two requests; data that comes instead of the end is kept, and then it never completes.
    /// </summary>
    internal Task WatchForEndAsync()
    {
        if (start < end || watch is not null)
        {
            return Task.Delay(Timeout.Infinite, CancellationToken.None);
        }

        start = end = 0;
        watch = stream.ReadAsync(buffer, CancellationToken.None).AsTask();
        return EndAsync(watch);

        static async Task EndAsync(Task<int> read)
        {
            int count;
            try
            {
                count = await read;
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException)
            {
                count = 0;
            }

            if (count > 0)
            {
                await Task.Delay(Timeout.Infinite, CancellationToken.None);
            }
        }
    }

    private static HttpHead Parse(ReadOnlySpan<byte> head)
    {
        if (head.ContainsAnyInRange((byte)0x00, (byte)0x08) || head.Contains((byte)0x7F))
        {
            throw new HttpFormatException(400, "Invalid character");
        }

        var lines = Encoding.UTF8.GetString(head).Split("\r\n");
        var request = lines[0].Split(' ');
        if (request.Length != 3 || request[0].Length == 0 || !request[1].StartsWith('/'))
        {
            throw new HttpFormatException(400, "Invalid request line");
        }

        if (request[2] is not ("HTTP/1.1" or "HTTP/1.0"))
        {
            throw new HttpFormatException(505, "HTTP version not supported");
        }

        var headers = ParseFields(lines.AsSpan(1));
        var chunked = false;
        if (headers.TryGetValue("Transfer-Encoding", out var encoding))
        {
            if (!encoding.Equals("chunked", StringComparison.OrdinalIgnoreCase) || headers.ContainsKey("Content-Length"))
            {
                throw new HttpFormatException(400, "Invalid transfer encoding");
            }

            chunked = true;
        }

        long? contentLength = null;
        if (headers.TryGetValue("Content-Length", out var length))
        {
            if (!long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
            {
                throw new HttpFormatException(400, "Invalid content length");
            }

            contentLength = parsed;
        }

        var connection = headers.GetValueOrDefault("Connection", string.Empty);
        return new HttpHead(request[0], request[1], headers)
        {
            Chunked = chunked,
            ContentLength = contentLength,
            ExpectsContinue = headers.GetValueOrDefault("Expect", string.Empty)
                .Equals("100-continue", StringComparison.OrdinalIgnoreCase),
            KeepAlive = request[2] == "HTTP/1.1" && !connection.Contains("close", StringComparison.OrdinalIgnoreCase),
        };
    }

    private static Dictionary<string, string> ParseFields(ReadOnlySpan<string> lines)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan(0, colon).ContainsAny(" \t\r\n") || line.AsSpan(colon).ContainsAny('\r', '\n'))
            {
                throw new HttpFormatException(400, "Invalid header");
            }

            // Two lengths, or two encodings, are how one server is made to see another body than the next one.
            if (!fields.TryAdd(line[..colon], line[(colon + 1)..].Trim(' ', '\t'))
                && line.AsSpan(0, colon).Equals("Content-Length", StringComparison.OrdinalIgnoreCase) | line.AsSpan(0, colon)
                    .Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                throw new HttpFormatException(400, "Repeated header");
            }
        }

        return fields;
    }

    private async ValueTask<(byte[]? Body, IReadOnlyDictionary<string, string> Trailers)> ReadChunksAsync(
        int bytesMax, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        var total = 0L;
        while (true)
        {
            var size = ParseChunkSize(await ReadLineAsync(ChunkLineBytesMax, cancellation));
            if (size == 0)
            {
                break;
            }

            total += size;
            if (total <= bytesMax)
            {
                var position = (int)body.Length;
                body.SetLength(position + size);
                await ReadExactlyAsync(body.GetBuffer().AsMemory(position, (int)size), cancellation);
            }
            else
            {
                body.SetLength(0);
                await DiscardAsync(size, cancellation, total - size);
            }

            if ((await ReadLineAsync(ChunkLineBytesMax, cancellation)).Length != 0)
            {
                throw new HttpFormatException(400, "Invalid chunk");
            }
        }

        var trailers = new List<string>();
        var trailerBytes = 0;
        while (await ReadLineAsync(TrailerBytesMax - 2, cancellation) is { Length: > 0 } line)
        {
            trailerBytes += line.Length;
            if (trailerBytes > TrailerBytesMax)
            {
                throw new HttpFormatException(431, "Trailers too large");
            }

            trailers.Add(line);
        }

        return (total > bytesMax ? null : body.ToArray(), ParseFields(trailers.ToArray()));
    }

    private static int ParseChunkSize(string line)
    {
        var semicolon = line.IndexOf(';', StringComparison.Ordinal);
        var digits = semicolon < 0 ? line : line[..semicolon].TrimEnd(' ', '\t');
        return digits.Length is > 0 and <= 8
            && Utf8Parser.TryParse(Encoding.ASCII.GetBytes(digits), out int size, out var consumed, 'X')
            && consumed == digits.Length && size >= 0
            ? size
            : throw new HttpFormatException(400, "Invalid chunk size");
    }

    private async ValueTask<string> ReadLineAsync(int bytesMax, CancellationToken cancellation)
    {
        while (true)
        {
            var length = buffer.AsSpan(start, end - start).IndexOf("\r\n"u8);
            if (length > bytesMax || (length < 0 && end - start > bytesMax))
            {
                throw new HttpFormatException(400, "Line too long");
            }

            if (length >= 0)
            {
                var line = Encoding.Latin1.GetString(buffer, start, length);
                start += length + 2;
                return line;
            }

            if (!await FillAsync(cancellation))
            {
                throw new HttpFormatException(400, "Incomplete body");
            }
        }
    }

    private async ValueTask ReadExactlyAsync(Memory<byte> target, CancellationToken cancellation)
    {
        var buffered = Math.Min(target.Length, end - start);
        buffer.AsMemory(start, buffered).CopyTo(target);
        start += buffered;
        for (target = target[buffered..]; target.Length > 0;)
        {
            var count = await stream.ReadAsync(target, cancellation);
            if (count == 0)
            {
                throw new HttpFormatException(400, "Incomplete body");
            }

            target = target[count..];
        }
    }

    private async ValueTask DiscardAsync(long count, CancellationToken cancellation, long alreadyRead = 0)
    {
        if (count + alreadyRead > DiscardedBytesMax)
        {
            throw new HttpFormatException(413, "Body too large");
        }

        while (count > 0)
        {
            if (start == end && !await FillAsync(cancellation))
            {
                throw new HttpFormatException(400, "Incomplete body");
            }

            var taken = (int)Math.Min(count, end - start);
            start += taken;
            count -= taken;
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        int count;
        if (watch is not null)
        {
            // The watch began at an empty buffer and reads to its start.
            count = await watch.WaitAsync(cancellation);
            watch = null;
        }
        else
        {
            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                end -= start;
                start = 0;
            }

            count = await stream.ReadAsync(buffer.AsMemory(end), cancellation);
        }

        end += count;
        return count > 0;
    }
}
