using Storage.Server.Aws;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>
/// "a malformed, truncated, oversized or deeply nested request gets a DynamoDB-shaped error and leaves the connection
/// and the store sound." Issue 2, The server.
/// </summary>
public sealed class HostileRequestTests : IAsyncLifetime
{
    private static readonly byte[] Megabyte = CreateMegabyte();

    private RunningServer server = null!;

    public async Task InitializeAsync() => server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("nonsense")]
    [InlineData("{\"TableName\":1}")]
    [InlineData("{}{}")]
    [InlineData("\0\0\0")]
    public async Task A_malformed_body_is_refused_and_the_connection_goes_on(string body)
    {
        await using var connection = await server.ConnectAsync();
        await connection.SendAsync(WireRequest.Of("DescribeTable", body).Bytes);
        var refused = await connection.ReceiveAsync();
        Assert.Equal(400, refused.Status);
        Assert.Contains(refused.ErrorType, (string[])["SerializationException", "ValidationException"]);

        await connection.SendAsync(WireRequest.Of("ListTables", "{}").Bytes);
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"M\":", "}")]
    [InlineData("{\"L\":[", "]}")]
    public async Task Deep_nesting_is_refused_and_the_connection_goes_on(string open, string close)
    {
        var deep = string.Concat(Enumerable.Repeat(open, 100_000)) + "1" + string.Concat(Enumerable.Repeat(close, 100_000));
        await using var connection = await server.ConnectAsync();
        await connection.SendAsync(WireRequest.Of("PutItem", $"{{\"TableName\":\"Music\",\"Item\":{{\"a\":{deep}}}}}").Bytes);
        var refused = await connection.ReceiveAsync();
        Assert.Equal(400, refused.Status);
        Assert.Contains(refused.ErrorType, (string[])["SerializationException", "ValidationException"]);

        await connection.SendAsync(WireRequest.Of("ListTables", "{}").Bytes);
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);
    }

    /// <summary>Kestrel answers nobody who hangs up within a body; it must neither wait for the rest nor serve the part.</summary>
    [Fact]
    public async Task A_body_that_ends_early_ends_its_connection_and_the_server_goes_on()
    {
        await using var connection = await server.ConnectAsync();
        await connection.SendAsync((WireRequest.Of("ListTables", "{}") with { ContentLength = 1000 }).Bytes);
        connection.FinishSending();
        await connection.ReadUntilClosedAsync();
        await server.AssertServesAsync();
    }

    [Fact]
    public async Task Connections_reset_within_the_head_or_the_body_hurt_nobody()
    {
        var bytes = (WireRequest.Of("ListTables", "{}") with { ContentLength = 100 }).Bytes;
        foreach (var sent in (int[])[1, 20, bytes.Length - 1, bytes.Length])
        {
            await using var connection = await server.ConnectAsync();
            await connection.SendAsync(bytes.AsMemory(0, sent));
            connection.Reset();
        }

        await server.AssertServesAsync();
    }

    [Fact]
    public async Task A_request_cut_at_any_byte_is_answered_all_the_same()
    {
        var bytes = WireRequest.Of("ListTables", "{\"Limit\":7}").Bytes;
        await using var connection = await server.ConnectAsync();
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            await connection.SendAsync(bytes.AsMemory(0, cut));
            await connection.SendAsync(bytes.AsMemory(cut));
            Assert.Equal(200, (await connection.ReceiveAsync()).Status);
        }
    }

    [Fact]
    public async Task Requests_sent_without_waiting_are_answered_in_order()
    {
        await using var connection = await server.ConnectAsync();
        await connection.SendAsync((byte[])[
            .. WireRequest.Of("ListTables", "{}").Bytes,
            .. WireRequest.Of("Nothing", "{}").Bytes,
            .. WireRequest.Of("ListTables", "{}").Bytes,
        ]);
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);
        Assert.Equal(400, (await connection.ReceiveAsync()).Status);
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);
    }

    [Fact]
    public async Task A_body_of_16_MB_reaches_the_engine_and_one_byte_more_is_too_large()
    {
        await using var connection = await server.ConnectAsync();
        await SendSpacesAsync(connection, RequestBody.BytesMax);
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);

        await SendSpacesAsync(connection, RequestBody.BytesMax + 1);
        var refused = await connection.ReceiveAsync();
        Assert.Equal((413, "RequestEntityTooLargeException"), (refused.Status, refused.ErrorType));

        await connection.SendAsync(WireRequest.Of("ListTables", "{}").Bytes);
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);
    }

    [Fact]
    public async Task A_body_in_chunks_is_served_and_has_the_same_limit()
    {
        var request = WireRequest.Of("ListTables", string.Empty) with { More = "Transfer-Encoding: chunked\r\n" };
        await using var connection = await server.ConnectAsync();
        await connection.SendAsync(request.Bytes);
        await connection.SendAsync("1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"u8.ToArray());
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);

        await connection.SendAsync(request.Bytes);
        for (var i = 0; i < 17; i++)
        {
            await connection.SendAsync("100000\r\n"u8.ToArray());
            await connection.SendAsync(Megabyte);
            await connection.SendAsync("\r\n"u8.ToArray());
        }

        await connection.SendAsync("0\r\n\r\n"u8.ToArray());
        var refused = await connection.ReceiveAsync();
        Assert.Equal((413, "RequestEntityTooLargeException"), (refused.Status, refused.ErrorType));
        await connection.SendAsync(WireRequest.Of("ListTables", "{}").Bytes);
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);
    }

    [Fact]
    public async Task A_huge_Content_Length_is_answered_at_once()
    {
        await using var connection = await server.ConnectAsync();
        await connection.SendAsync((WireRequest.Of("ListTables", "{}") with { ContentLength = 1L << 40 }).Bytes);
        var refused = await connection.ReceiveAsync();
        Assert.Equal((413, "RequestEntityTooLargeException"), (refused.Status, refused.ErrorType));
        Assert.Equal("close", refused.Headers["Connection"]);
    }

    [Fact]
    public async Task A_Content_Length_below_the_truth_spoils_only_its_own_connection()
    {
        await using var connection = await server.ConnectAsync();
        await connection.SendAsync((WireRequest.Of("ListTables", "{}and more\r\n\r\n") with { ContentLength = 2 }).Bytes);
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);
        Assert.Equal(400, (await connection.ReceiveAsync()).Status);
        Assert.True(await connection.IsClosedAsync());
        await server.AssertServesAsync();
    }

    [Theory]
    [InlineData("Content-Length: 2\r\nContent-Length: 3\r\n")]
    [InlineData("Content-Length: -1\r\n")]
    [InlineData("Content-Length: 99999999999999999999\r\n")]
    [InlineData("no colon\r\n")]
    [InlineData(" : folded\r\n")]
    public async Task A_head_that_cannot_be_meant_gets_400(string header)
    {
        var response = await server.SendAsync(
            $"POST / HTTP/1.1\r\nHost: localhost\r\n{header}\r\n{{}}");
        Assert.Equal(400, response.Status);
        await server.AssertServesAsync();
    }

    [Fact]
    public async Task Headers_are_limited_in_number_and_size()
    {
        var many = string.Concat(Enumerable.Range(0, 101).Select(i => $"X-{i}: 1\r\n"));
        var large = $"X-Large: {new string('x', 33 * 1024)}\r\n";
        foreach (var headers in (string[])[many, large])
        {
            var response = await server.SendAsync((WireRequest.Of("ListTables", "{}") with { More = headers }).Text);
            Assert.Equal(431, response.Status);
        }

        await server.AssertServesAsync();
    }

    [Fact]
    public async Task What_is_not_HTTP_at_all_is_turned_away()
    {
        foreach (var noise in (byte[][])[[0x16, 0x03, 0x01, 0x02, 0x00, 0x01], "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), new byte[9000]])
        {
            await using var connection = await server.ConnectAsync();
            await connection.SendAsync(noise);
            connection.FinishSending();
            await connection.ReadUntilClosedAsync();
        }

        await server.AssertServesAsync();
    }

    private static async Task SendSpacesAsync(RawConnection connection, int length)
    {
        var request = WireRequest.Of("ListTables", string.Empty) with { ContentLength = length };
        await connection.SendAsync(System.Text.Encoding.UTF8.GetBytes(request.Text + "{}"));
        for (var left = length - 2; left > 0; left -= Megabyte.Length)
        {
            await connection.SendAsync(Megabyte.AsMemory(0, Math.Min(left, Megabyte.Length)));
        }
    }

    private static byte[] CreateMegabyte()
    {
        var spaces = new byte[1024 * 1024];
        spaces.AsSpan().Fill((byte)' ');
        return spaces;
    }
}
