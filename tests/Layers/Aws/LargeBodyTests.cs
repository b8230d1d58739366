using System.Text;
using System.Text.Json.Nodes;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Aws;

/// <summary>Bodies at the limits of their services, over a socket: Kestrel has limits of its own.</summary>
public sealed class LargeBodyTests : IAsyncLifetime
{
    private const int LambdaBytesMax = 70_167_211;

    private RunningServer server = null!;

    public async Task InitializeAsync() => server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task A_request_of_Lambdas_own_size_is_read_and_the_connection_stays_sound()
    {
        await using var connection = await server.ConnectAsync();
        await connection.SendAsync(Encoding.UTF8.GetBytes((Lambda with { ContentLength = LambdaBytesMax }).Text));
        await connection.SendAsync(Encoding.UTF8.GetBytes("{}".PadRight(LambdaBytesMax)));
        var response = await connection.ReceiveAsync();
        Assert.Equal(400, response.Status);
        Assert.NotEqual("RequestEntityTooLargeException", response.Headers["x-amzn-ErrorType"]);

        await connection.SendAsync(Encoding.UTF8.GetBytes(WireRequest.Of("ListTables", "{}").Text));
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);
    }

    [Fact]
    public async Task A_larger_one_is_refused_in_Lambdas_words_before_it_is_sent()
    {
        var response = await server.SendAsync((Lambda with { ContentLength = LambdaBytesMax + 1 }).Text);
        Assert.Equal((413, "RequestEntityTooLargeException"), (response.Status, response.Headers["x-amzn-ErrorType"]));
        Assert.Equal(
            $"Request must be smaller than {LambdaBytesMax} bytes for the CreateFunction operation",
            (string?)JsonNode.Parse(response.Body)!["message"]);
    }

    [Fact]
    public async Task A_body_in_pieces_without_length_is_read_and_bounded_too()
    {
        var chunked = Lambda with { Path = "/2015-03-31/functions", More = "Transfer-Encoding: chunked\r\n" };
        var whole = await server.SendAsync(chunked.Text + "2\r\n{}\r\n0\r\n\r\n");
        Assert.Equal(400, whole.Status);
        var broken = await server.SendAsync(chunked.Text + "nonsense\r\n");
        Assert.Equal(400, broken.Status);
        await server.AssertServesAsync();
    }

    [Theory]
    [InlineData("logs", "Logs_20140328.PutLogEvents", "application/x-amz-json-1.1", 16 * 1024 * 1024)]
    [InlineData("sts", null, "application/x-www-form-urlencoded", 1024 * 1024)]
    public async Task A_body_beyond_its_services_limit_is_read_to_its_end_and_refused(
        string service, string? target, string contentType, int bytesMax)
    {
        var request = new WireRequest
        {
            Target = target,
            ContentType = contentType,
            Authorization = RouterRig.Signed(service),
            Body = new string(' ', bytesMax + 1),
        };
        await using var connection = await server.ConnectAsync();
        await connection.SendAsync(request.Bytes);
        Assert.Equal(413, (await connection.ReceiveAsync()).Status);
        await connection.SendAsync(Encoding.UTF8.GetBytes(WireRequest.Of("ListTables", "{}").Text));
        Assert.Equal(200, (await connection.ReceiveAsync()).Status);
    }

    private static WireRequest Lambda => new()
    {
        Path = "/2015-03-31/functions",
        ContentType = "application/json",
        Authorization = RouterRig.Signed("lambda"),
    };
}
