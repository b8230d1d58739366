using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>The server's life as a process: what it prints, how it ends. Issue 2, The server.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task One_line_says_that_it_can_serve_and_SIGTERM_ends_it_with_0()
    {
        await using var server = await ServerProcess.StartReadyAsync("--in-memory");
        Assert.Equal($"Ready {server.Url} pid {server.Id} data (memory)", server.Lines[^1]);
        Assert.Single(server.Lines, line => line.Contains("Ready", StringComparison.Ordinal));
        Assert.Contains(server.Lines, line => line.Contains($"AWS_ENDPOINT_URL={server.Url}", StringComparison.Ordinal));
        Assert.Contains(server.Lines, line => line.Contains($"--endpoint-url {server.Url}", StringComparison.Ordinal));
        Assert.Equal(200, (await server.CallAsync("ListTables", "{}")).Status);

        server.Terminate();
        Assert.Equal((0, string.Empty, string.Empty), await server.WaitForExitAsync());
    }

    [Fact]
    public async Task SIGTERM_lets_a_request_in_flight_finish()
    {
        await using var server = await ServerProcess.StartReadyAsync("--in-memory");
        var request = WireRequest.Of("ListTables", "{\"Limit\":7}").Bytes;
        await using var connection = await server.ConnectAsync();

        // 100-continue comes when the server has begun to read the body: the request is in flight from then on.
        var head = System.Text.Encoding.UTF8.GetString(request).Replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n", StringComparison.Ordinal);
        var bodyStart = head.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        await connection.SendAsync(System.Text.Encoding.UTF8.GetBytes(head[..bodyStart]));
        Assert.Equal(100, (await connection.ReceiveAsync()).Status);

        server.Terminate();
        await WaitUntilRefusedAsync(server.Port);
        await connection.SendAsync(System.Text.Encoding.UTF8.GetBytes(head[bodyStart..]));
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);
        Assert.Equal(0, (await server.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task A_used_port_is_one_sentence_and_exit_code_1()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using var server = ServerProcess.Start(["--in-memory", "--port", $"{port}"]);

        var (exitCode, output, errors) = await server.WaitForExitAsync();
        Assert.Equal((1, string.Empty), (exitCode, output));
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Contains($"Port {port}", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_in_use_is_refused_naming_the_holder()
    {
        using var scratch = new ScratchDirectory();
        await using var holder = await ServerProcess.StartReadyAsync("--data", scratch.Path);
        Assert.EndsWith($"data {scratch.Path}", holder.Lines[^1], StringComparison.Ordinal);
        await using var second = ServerProcess.Start(["--data", scratch.Path, "--port", "0"]);

        var (exitCode, output, errors) = await second.WaitForExitAsync();
        Assert.Equal((1, string.Empty), (exitCode, output));
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Contains($"{holder.Id}", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("--port", "70000")]
    [InlineData("--port")]
    [InlineData("--host", "0.0.0.0")]
    [InlineData("--host", "::")]
    [InlineData("--cors", "*")]
    [InlineData("serve-me")]
    [InlineData("import")]
    public async Task What_cannot_be_meant_is_one_sentence_and_exit_code_2(params string[] arguments)
    {
        await using var server = ServerProcess.Start(arguments);
        var (exitCode, output, errors) = await server.WaitForExitAsync();
        Assert.Equal((2, string.Empty), (exitCode, output));
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Help_lists_every_option()
    {
        await using var server = ServerProcess.Start(["--help"]);
        var (exitCode, output, _) = await server.WaitForExitAsync();
        Assert.Equal(0, exitCode);
        foreach (var flag in (string[])["host", "port", "data", "in-memory", "region", "account", "cors", "allow-host", "insecure"])
        {
            Assert.Contains("--" + flag, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Options_come_from_flags_then_the_environment_then_appsettings()
    {
        using var scratch = new ScratchDirectory();
        await File.WriteAllTextAsync(
            scratch.File("appsettings.json"), """{"Storage":{"Port":0,"InMemory":true,"Region":"eu-west-3","Account":"1"}}""");
        await using var server = ServerProcess.Start(
            ["--account", "210987654321"],
            new Dictionary<string, string> { ["STORAGE_REGION"] = "eu-north-1", ["STORAGE_ACCOUNT"] = "2" },
            scratch.Path);
        await server.WaitUntilReadyAsync();

        await using var connection = await server.ConnectAsync();
        await connection.SendAsync(new WireRequest { Method = "GET" }.Bytes);
        Assert.Equal("healthy: dynamodb.eu-north-1.amazonaws.com ", (await connection.ReceiveAsync()).Text);
        Assert.EndsWith("data (memory)", server.Lines[^1], StringComparison.Ordinal);
    }

    private static async Task WaitUntilRefusedAsync(int port)
    {
        // Bounded by the process's own shutdown: it closes its listener or exits.
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }
}
