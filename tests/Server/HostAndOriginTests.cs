using Storage.Server.Aws;
using Storage.Server.Options;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>
/// "a Host or Origin that is not a loopback or configured name is refused, so that a web page cannot reach the store by
/// DNS rebinding". Issue 2, The server.
/// </summary>
public sealed class HostAndOriginTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:8000")]
    [InlineData("localhost.:8000")]
    [InlineData("dynamodb.us-east-1.localhost:8000")]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.8.7:8000")]
    [InlineData("[::1]:8000")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]:80")]
    [InlineData("db.internal:8000")]
    [InlineData("DB.internal")]
    public void Loopback_and_configured_names_are_served(string host) =>
        Assert.True(new HostRules(["db.internal"], everyAddress: false).Allows(host));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("evil-localhost")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("127.0.0.1@evil.example")]
    [InlineData("192.168.1.5:8000")]
    [InlineData("0.0.0.0")]
    [InlineData("[::]")]
    [InlineData("[::1")]
    [InlineData("[2001:db8::1]:8000")]
    [InlineData("sub.db.internal")]
    public void Every_other_host_is_refused(string? host)
    {
        var rules = new HostRules(["db.internal"], everyAddress: false);
        Assert.True(rules.Allows("localhost"));
        Assert.False(rules.Allows(host));
    }

    [Fact]
    public void A_server_on_every_address_is_reached_by_address_and_not_by_an_unknown_name()
    {
        var rules = new HostRules([], everyAddress: true);
        Assert.True(rules.Allows("192.168.1.5:8000"));
        Assert.False(rules.Allows("evil.example:8000"));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData(null)]
    public async Task A_foreign_host_gets_403_and_no_data(string? host)
    {
        await using var server = await RunningServer.StartAsync();
        var response = await server.SendAsync((WireRequest.Of("ListTables", "{}") with { Host = host }).Text);

        // Without any Host, HTTP/1.1 itself is broken and Kestrel answers before us.
        Assert.Equal(host is null ? 400 : 403, response.Status);
        Assert.Equal(host is null ? null : "AccessDeniedException", response.Body.Length == 0 ? null : response.ErrorType);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://localhost:3000")]
    [InlineData("null")]
    public async Task A_web_page_of_another_origin_is_refused(string origin)
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var method in (string[])["POST", "OPTIONS", "GET"])
        {
            var request = WireRequest.Of("ListTables", "{}") with { Origin = origin, Method = method };
            var response = await server.SendAsync(request.Text);
            Assert.Equal((403, "AccessDeniedException"), (response.Status, response.ErrorType));
            Assert.False(response.Headers.ContainsKey("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task A_page_that_this_server_sent_may_call_it()
    {
        await using var server = await RunningServer.StartAsync();
        var request = WireRequest.Of("ListTables", "{}") with { Origin = "http://localhost:8000", Host = "localhost:8000" };
        Assert.Equal(200, (await server.SendAsync(request.Text)).Status);
    }

    [Fact]
    public async Task The_origin_given_by_cors_may_ask_call_and_read_and_no_other_may()
    {
        await using var server = await RunningServer.StartAsync(
            new ServerOptions { Port = 0, Data = null, CorsOrigins = ["http://localhost:3000"] });
        var preflight = new WireRequest
        {
            Method = "OPTIONS",
            Origin = "http://localhost:3000",
            More = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-amz-target,content-type\r\n",
        };

        var asked = await server.SendAsync(preflight.Text);
        Assert.Equal(200, asked.Status);
        Assert.Equal("http://localhost:3000", asked.Headers["Access-Control-Allow-Origin"]);
        Assert.Equal("x-amz-target,content-type", asked.Headers["Access-Control-Allow-Headers"]);
        Assert.Contains("POST", asked.Headers["Access-Control-Allow-Methods"], StringComparison.Ordinal);

        var called = await server.SendAsync(
            (WireRequest.Of("ListTables", "{}") with { Origin = "http://localhost:3000" }).Text);
        Assert.Equal(200, called.Status);
        Assert.Equal("http://localhost:3000", called.Headers["Access-Control-Allow-Origin"]);
        Assert.Equal("Origin", called.Headers["Vary"]);

        Assert.Equal(403, (await server.SendAsync((preflight with { Origin = "http://localhost:3001" }).Text)).Status);
    }
}
