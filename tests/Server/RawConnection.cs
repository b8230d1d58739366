using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>A TCP connection that sends what it is told and reads HTTP answers, however wrong the request was.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket socket;
    private readonly NetworkStream stream;
    private readonly List<byte> received = [];

    private RawConnection(Socket socket)
    {
        this.socket = socket;
        stream = new NetworkStream(socket, ownsSocket: true);
    }

    internal static async Task<RawConnection> OpenAsync(IPEndPoint server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return new RawConnection(socket);
    }

    internal ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => stream.WriteAsync(bytes);

    /// <summary>Says that nothing more will come, and still listens.</summary>
    internal void FinishSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Resets the connection.</summary>
    internal void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    /// <summary>The next answer.</summary>
    internal async Task<RawResponse> ReceiveAsync()
    {
        int headEnd;
        while ((headEnd = IndexOf(received, "\r\n\r\n"u8)) < 0)
        {
            Assert.True(await FillAsync(), "The connection closed before an answer.");
        }

        var lines = System.Text.Encoding.ASCII.GetString(received[..headEnd].ToArray()).Split("\r\n");
        received.RemoveRange(0, headEnd + 4);
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var headers = lines[1..].Select(line => line.Split(": ", 2))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        var length = headers.TryGetValue("Content-Length", out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        while (received.Count < length)
        {
            Assert.True(await FillAsync(), "The connection closed within an answer.");
        }

        var body = received[..length].ToArray();
        received.RemoveRange(0, length);
        return new RawResponse(status, headers, body);
    }

    /// <summary>Whether the server has closed the connection and said nothing more.</summary>
    internal async Task<bool> IsClosedAsync()
    {
        try
        {
            return received.Count == 0 && !await FillAsync();
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Reads whatever comes until the server closes.</summary>
    internal async Task ReadUntilClosedAsync()
    {
        do
        {
            received.Clear();
        }
        while (!await IsClosedAsync());
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private static int IndexOf(List<byte> bytes, ReadOnlySpan<byte> value) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes).IndexOf(value);

    private async Task<bool> FillAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        var buffer = new byte[64 * 1024];
        var read = await stream.ReadAsync(buffer, limit.Token);
        received.AddRange(buffer.AsSpan(0, read));
        return read > 0;
    }
}
