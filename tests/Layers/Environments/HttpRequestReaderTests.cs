using System.Text;
using CsCheck;
using Storage.Server.Lambda.Environments;
using Xunit;

namespace Storage.Layers.Tests.Environments;

/// <summary>Reading of HTTP/1.1, of what a function's process may send. Source: RFC 9112.</summary>
public sealed class HttpRequestReaderTests
{
    private const string Two =
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
        + "POST /b HTTP/1.1\r\nhost:h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n"
        + "GET /c HTTP/1.1\r\nConnection: close\r\n\r\n";

    [Fact]
    public async Task Requests_read_the_same_wherever_the_bytes_are_split()
    {
        var bytes = Encoding.ASCII.GetBytes(Two);
        for (var split = 0; split <= bytes.Length; split++)
        {
            var reader = new HttpRequestReader(new Pieces(bytes[..split], bytes[split..]));
            Assert.Equal("POST /a [hello] ", await ReadAsync(reader));
            Assert.Equal("POST /b [abc0123456789] T=v", await ReadAsync(reader));
            Assert.Equal("GET /c [] ", await ReadAsync(reader));
            Assert.Null(await reader.ReadHeadAsync(default));
        }

        var single = new HttpRequestReader(new Pieces([.. bytes.Select(value => new[] { value })]));
        Assert.Equal("POST /a [hello] ", await ReadAsync(single));
        Assert.Equal("POST /b [abc0123456789] T=v", await ReadAsync(single));
    }

    [Theory]
    [InlineData("GET\r\n\r\n", 400)]
    [InlineData("GET /a\r\n\r\n", 400)]
    [InlineData("GET  /a HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET a HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /a HTTP/2.0\r\n\r\n", 505)]
    [InlineData("GET /a HTTP/1.1\r\nA : b\r\n\r\n", 400)]
    [InlineData("GET /a HTTP/1.1\r\n: b\r\n\r\n", 400)]
    [InlineData("GET /a HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400)]
    [InlineData("GET /a HTTP/1.1\r\nA: b\nB: c\r\n\r\n", 400)]
    [InlineData("GET /a HTTP/1.1\r\nA: \0\r\n\r\n", 400)]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400)]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: +1\r\n\r\n", 400)]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", 400)]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400)]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400)]
    [InlineData("POST /a HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400)]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400)]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort", 400)]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413)]
    [InlineData("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 400)]
    [InlineData("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400)]
    [InlineData("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n", 400)]
    [InlineData("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7FFFFFFF\r\n", 413)]
    [InlineData("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabX\r\n0\r\n\r\n", 400)]
    [InlineData("GET /a HTTP/1.1\r\nA: b", 400)]
    public async Task What_is_ambiguous_wrong_or_too_large_is_refused(string request, int status)
    {
        var reader = new HttpRequestReader(new MemoryStream(Encoding.Latin1.GetBytes(request)));
        var error = await Assert.ThrowsAsync<HttpFormatException>(() => ReadAsync(reader));
        Assert.Equal(status, error.Status);
    }

    [Fact]
    public async Task Heads_chunk_lines_and_trailers_have_a_limit()
    {
        Assert.Equal(431, await StatusAsync("GET /a HTTP/1.1\r\nA: " + new string('a', HttpRequestReader.HeadBytesMax)));
        const string Chunked = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        Assert.Equal(400, await StatusAsync(Chunked + "1;" + new string('a', 300)));
        Assert.Equal(431, await StatusAsync(
            Chunked + "0\r\n" + string.Concat(Enumerable.Repeat("A: " + new string('a', 1000) + "\r\n", 20)) + "\r\n"));

        static async Task<int> StatusAsync(string request) =>
            (await Assert.ThrowsAsync<HttpFormatException>(
                () => ReadAsync(new HttpRequestReader(new MemoryStream(Encoding.ASCII.GetBytes(request)))))).Status;
    }

    /// <summary>The header Lambda-Runtime-Function-XRay-Error-Cause of aws-lambda-ric has up to 1 MiB of UTF-8.</summary>
    [Fact]
    public async Task A_head_may_have_a_long_header_in_UTF8_and_come_in_pieces()
    {
        var cause = new string('ü', 500_000);
        var bytes = Encoding.UTF8.GetBytes($"POST /a HTTP/1.1\r\nCause: {cause}\r\nContent-Length: 2\r\n\r\nokGET /b HTTP/1.1\r\n\r\n");
        var reader = new HttpRequestReader(new Pieces([.. bytes.Chunk(9973)]));
        var head = await reader.ReadHeadAsync(default);
        Assert.Equal(cause, head!.Header("cause"));
        Assert.Equal("ok"u8.ToArray(), (await reader.ReadBodyAsync(head, 1000, default)).Body);
        Assert.Equal("/b", (await reader.ReadHeadAsync(default))!.Path);
    }

    [Fact]
    public async Task A_body_over_its_limit_is_passed_over_and_the_next_request_is_read()
    {
        var body = new string('x', 101);
        foreach (var request in new[]
        {
            $"POST /a HTTP/1.1\r\nContent-Length: 101\r\n\r\n{body}",
            $"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{body[..100]}\r\n1\r\nx\r\n0\r\n\r\n",
        })
        {
            var reader = new HttpRequestReader(new MemoryStream(Encoding.ASCII.GetBytes(request + "GET /b HTTP/1.1\r\n\r\n")));
            var head = await reader.ReadHeadAsync(default);
            Assert.Null((await reader.ReadBodyAsync(head!, 100, default)).Body);
            Assert.Equal("/b", (await reader.ReadHeadAsync(default))!.Path);
        }
    }

    [Fact]
    public void Any_bytes_are_a_request_an_end_or_a_refusal() =>
        Gen.Select(Gen.Int[0, 200], Gen.Int[0, 255], Gen.Int[0, 300]).Sample(
            (at, value, length) =>
            {
                var bytes = Encoding.ASCII.GetBytes(Two);
                bytes[at % bytes.Length] = (byte)value;
                var reader = new HttpRequestReader(new MemoryStream(bytes, 0, Math.Min(length, bytes.Length)));
                try
                {
                    while (reader.ReadHeadAsync(default).AsTask().GetAwaiter().GetResult() is { } head)
                    {
                        reader.ReadBodyAsync(head, 1000, default).AsTask().GetAwaiter().GetResult();
                    }
                }
                catch (HttpFormatException error)
                {
                    Assert.InRange(error.Status, 400, 505);
                }
            },
            iter: 2000);

    private static async Task<string> ReadAsync(HttpRequestReader reader)
    {
        var head = await reader.ReadHeadAsync(default);
        var (body, trailers) = await reader.ReadBodyAsync(head!, 1000, default);
        return $"{head!.Method} {head.Path} [{Encoding.ASCII.GetString(body!)}] {string.Join(',', trailers.Select(field => $"{field.Key}={field.Value}"))}";
    }

    /// <summary>A stream that gives its pieces one by one.</summary>
    private sealed class Pieces(params byte[][] pieces) : MemoryStream
    {
        private readonly Queue<byte[]> left = new(pieces.Where(piece => piece.Length > 0));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!left.TryDequeue(out var piece))
            {
                return ValueTask.FromResult(0);
            }

            var count = Math.Min(piece.Length, buffer.Length);
            piece.AsSpan(0, count).CopyTo(buffer.Span);
            if (count < piece.Length)
            {
                var rest = left.ToArray();
                left.Clear();
                left.Enqueue(piece[count..]);
                foreach (var next in rest)
                {
                    left.Enqueue(next);
                }
            }

            return ValueTask.FromResult(count);
        }
    }
}
