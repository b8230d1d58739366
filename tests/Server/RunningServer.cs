using System.Net;
using Storage.Server;
using Storage.Server.Options;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>A server in this process: a free port, memory only.</summary>
public sealed class RunningServer : IAsyncDisposable
{
    private readonly StorageServer server;

    private RunningServer(StorageServer server) => this.server = server;

    internal Uri Address => server.Address;

    internal int Port => server.Address.Port;

    internal static Task<RunningServer> StartAsync() => StartAsync(new ServerOptions { Port = 0, Data = null });

    internal static async Task<RunningServer> StartAsync(ServerOptions options) =>
        new(await StorageServer.StartAsync(options));

    internal static RunningServer Of(StorageServer server) => new(server);

    internal Task<RawConnection> ConnectAsync() => RawConnection.OpenAsync(new IPEndPoint(IPAddress.Loopback, Port));

    /// <summary>One request on a connection of its own.</summary>
    internal async Task<RawResponse> SendAsync(string request)
    {
        await using var connection = await ConnectAsync();
        await connection.SendAsync(System.Text.Encoding.UTF8.GetBytes(request));
        return await connection.ReceiveAsync();
    }

    /// <summary>Fails unless a new client is served.</summary>
    internal async Task AssertServesAsync()
    {
        var response = await SendAsync(WireRequest.Of("ListTables", "{}").Text);
        Assert.Equal(200, response.Status);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
