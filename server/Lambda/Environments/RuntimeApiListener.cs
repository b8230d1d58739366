using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// The wire of one environment's Runtime API: HTTP/1.1 on a loopback port of its own, so that what is left of one
/// environment's process can never take an event of another. Source of paths and headers: the Runtime API's reference.
/// </summary>
internal sealed class RuntimeApiListener : IAsyncDisposable
{
    private const int ConnectionsMax = 64;
    private const string Prefix = "/2018-06-01/runtime/";

    private readonly RuntimeApi api;
    private readonly Socket listener;
    private readonly CancellationTokenSource ending = new();
    private readonly Lock gate = new();
    private readonly HashSet<Socket> connections = [];
    private readonly string[] hosts;
    private readonly Task accepting;

    internal RuntimeApiListener(RuntimeApi api)
    {
        this.api = api;
        listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(ConnectionsMax);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
        Address = $"127.0.0.1:{port}";
        hosts = [Address, $"localhost:{port}"];
        accepting = AcceptAsync();
    }

    /// <summary>Value of AWS_LAMBDA_RUNTIME_API.</summary>
    internal string Address { get; }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Dispose();
        lock (gate)
        {
            foreach (var connection in connections)
            {
                connection.Dispose();
            }
        }

        await accepting;
        ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            Socket connection;
            try
            {
                connection = await listener.AcceptAsync(ending.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                continue;
            }

            lock (gate)
            {
                if (ending.IsCancellationRequested || connections.Count == ConnectionsMax)
                {
                    connection.Dispose();
                    continue;
                }

                connections.Add(connection);
            }

            _ = ServeAsync(connection);
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        try
        {
            // Without it a head and a body sent apart cost a delayed acknowledgement, 40 ms, per call.
            connection.NoDelay = true;
            using var stream = new NetworkStream(connection, ownsSocket: true);
            var reader = new HttpRequestReader(stream);
            var keepAlive = true;
            while (keepAlive)
            {
                try
                {
                    keepAlive = await reader.ReadHeadAsync(CancellationToken.None) is { } head
                        && await AnswerAsync(connection, reader, head);
                }
                catch (HttpFormatException error)
                {
                    await SendAsync(connection, Answer(error.Status, Fault("InvalidRequest", error.Message), close: true));
                    keepAlive = false;
                }
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // The process went away, or the environment ends.
        }
        finally
        {
            lock (gate)
            {
                connections.Remove(connection);
            }

            connection.Dispose();
        }
    }

    /// <summary>Returns whether the connection may be used again.</summary>
    private async Task<bool> AnswerAsync(Socket connection, HttpRequestReader reader, HttpHead head)
    {
        // A web page can send requests to any loopback port, but not without saying so.
        if (head.Header("Origin") is not null || !hosts.Contains(head.Header("Host"), StringComparer.OrdinalIgnoreCase))
        {
            throw new HttpFormatException(403, "Forbidden");
        }

        if (head.ExpectsContinue)
        {
            await SendAsync(connection, "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
        }

        var (body, trailers) = await reader.ReadBodyAsync(head, api.ResponseBytesMax, CancellationToken.None);
        var route = head.Path.StartsWith(Prefix, StringComparison.Ordinal) ? head.Path[Prefix.Length..].Split('/') : [];
        switch (route)
        {
            case ["invocation", "next"] when head.Method == "GET":
                return await NextAsync(connection, reader, head.KeepAlive);
            case ["invocation", var id, "response"] when head.Method == "POST":
                await SendAsync(connection, Respond(id, head, body, trailers));
                return head.KeepAlive;
            case ["invocation", var id, "error"] when head.Method == "POST":
                await SendAsync(connection, Fail(id, head, body));
                return head.KeepAlive;
            case ["init", "error"] when head.Method == "POST":
                await SendAsync(connection, FailInit(head, body));
                return head.KeepAlive;
            case ["invocation", "next"] or ["invocation", _, "response" or "error"] or ["init", "error"]:
                await SendAsync(connection, Answer(405, Fault("MethodNotAllowed", "Method not allowed"), !head.KeepAlive));
                return head.KeepAlive;
            default:
                await SendAsync(connection, Answer(404, Fault("NotFound", "Not found"), !head.KeepAlive));
                return head.KeepAlive;
        }
    }

    private async Task<bool> NextAsync(Socket connection, HttpRequestReader reader, bool keepAlive)
    {
        var next = await api.NextAsync(reader.WatchForEndAsync());
        if (next is null)
        {
            var text = "Transition not allowed: an answer is owed, or the next event was asked for elsewhere";
            await SendAsync(connection, Answer(403, Fault("InvalidStateTransition", text), !keepAlive));
            return keepAlive;
        }

        try
        {
            await SendAsync(connection, EventAnswer(next, !keepAlive));
            return keepAlive;
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            api.PutBack(next);
            return false;
        }
    }

    private byte[] Respond(string id, HttpHead head, byte[]? body, IReadOnlyDictionary<string, string> trailers)
    {
        if (body is null)
        {
            var tooLarge = ErrorBody.ResponseTooLarge(api.ResponseBytesMax);
            return api.TryAnswer(id, new RuntimeAnswer(RuntimeAnswerKind.ResponseTooLarge, tooLarge))
                ? Answer(413, Fault("RequestEntityTooLarge", $"Exceeded maximum allowed payload size ({api.ResponseBytesMax} bytes)."), !head.KeepAlive)
                : WrongId(head);
        }

        // A stream that breaks off says so after its chunks.
        var answer = trailers.TryGetValue("Lambda-Runtime-Function-Error-Type", out var errorType)
            ? new RuntimeAnswer(
                RuntimeAnswerKind.Error,
                RuntimeApi.ErrorPayload(Decode(trailers.GetValueOrDefault("Lambda-Runtime-Function-Error-Body")), errorType))
            : new RuntimeAnswer(RuntimeAnswerKind.Response, body);
        return api.TryAnswer(id, answer) ? Accepted(head) : WrongId(head);

        static byte[] Decode(string? text)
        {
            var bytes = new byte[(text?.Length ?? 0) * 3 / 4];
            return Convert.TryFromBase64String(text ?? string.Empty, bytes, out var count) ? bytes[..count] : [];
        }
    }

    private byte[] Fail(string id, HttpHead head, byte[]? body)
    {
        var payload = body is null
            ? ErrorBody.ResponseTooLarge(api.ResponseBytesMax)
            : RuntimeApi.ErrorPayload(body, head.Header("Lambda-Runtime-Function-Error-Type"));
        return api.TryAnswer(id, new RuntimeAnswer(RuntimeAnswerKind.Error, payload)) ? Accepted(head) : WrongId(head);
    }

    private byte[] FailInit(HttpHead head, byte[]? body) =>
        api.TryFailInit(RuntimeApi.ErrorPayload(body ?? [], head.Header("Lambda-Runtime-Function-Error-Type")))
            ? Accepted(head)
            : Answer(403, Fault("InvalidStateTransition", "Transition not allowed: the init is over"), !head.KeepAlive);

    private static byte[] Accepted(HttpHead head) => Answer(202, "{\"status\":\"OK\"}"u8, !head.KeepAlive);

    private static byte[] WrongId(HttpHead head) => Answer(400, Fault("InvalidRequestID", "Invalid request ID"), !head.KeepAlive);

    private static byte[] Fault(string type, string message) => ErrorBody.Of(type, message);

    private static byte[] EventAnswer(RuntimeEvent next, bool close)
    {
        var headers = new StringBuilder();
        Add("Lambda-Runtime-Aws-Request-Id", next.RequestId);
        Add("Lambda-Runtime-Deadline-Ms", next.Deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        Add("Lambda-Runtime-Invoked-Function-Arn", next.InvokedArn);
        Add("Lambda-Runtime-Trace-Id", next.TraceId);
        Add("Lambda-Runtime-Client-Context", next.ClientContext);
        return Answer(200, next.Payload.Span, close, headers.ToString());

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value) && !value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                headers.Append(name).Append(": ").Append(value).Append("\r\n");
            }
        }
    }

    /// <summary>Head and body in one piece: one packet, one wake-up of the client.</summary>
    private static byte[] Answer(int status, ReadOnlySpan<byte> body, bool close, string headers = "")
    {
        var head = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} {Reason(status)}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n{headers}{(close ? "Connection: close\r\n" : string.Empty)}\r\n"));
        var answer = new byte[head.Length + body.Length];
        head.CopyTo(answer, 0);
        body.CopyTo(answer.AsSpan(head.Length));
        return answer;
    }

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        202 => "Accepted",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        505 => "HTTP Version Not Supported",
        _ => "Bad Request",
    };

    private static async ValueTask SendAsync(Socket connection, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await connection.SendAsync(bytes, CancellationToken.None)..];
        }
    }
}
