using System.Globalization;
using System.IO.Hashing;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>The wire as AWS's clients expect it. Source: reference, B9 PartiQL and wire.</summary>
public sealed class ProtocolTests : IAsyncLifetime
{
    private RunningServer server = null!;

    public async Task InitializeAsync() => server = await RunningServer.StartAsync();

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Theory]
    [InlineData("ListTables", 200)]
    [InlineData("NoSuchOperation", 400)]
    public async Task Every_answer_carries_a_request_id_and_the_crc32_of_its_body(string operation, int status)
    {
        var response = await server.SendAsync(WireRequest.Of(operation, "{}").Text);

        Assert.Equal(status, response.Status);
        Assert.Equal("application/x-amz-json-1.0", response.Headers["Content-Type"]);
        Assert.Matches("^[0-9A-Z]{52}$", response.Headers["x-amzn-RequestId"]);
        Assert.Equal(
            Crc32.HashToUInt32(response.Body).ToString(CultureInfo.InvariantCulture), response.Headers["x-amz-crc32"]);
        Assert.False(response.Headers.ContainsKey("Server"));
    }

    [Fact]
    public async Task Request_ids_differ()
    {
        var first = await server.SendAsync(WireRequest.Of("ListTables", "{}").Text);
        var second = await server.SendAsync(WireRequest.Of("ListTables", "{}").Text);
        Assert.NotEqual(first.Headers["x-amzn-RequestId"], second.Headers["x-amzn-RequestId"]);
    }

    [Theory]
    [InlineData("DynamoDB_20120810.SearchVectors")]
    [InlineData("DynamoDB_20120810.")]
    [InlineData("DynamoDB_20111205.GetItem")]
    [InlineData("Cognito.GetUser")]
    [InlineData(null)]
    public async Task An_operation_that_is_not_built_is_an_UnknownOperationException(string? target)
    {
        var response = await server.SendAsync(new WireRequest { Target = target, Body = "{}" }.Text);
        Assert.Equal((400, "UnknownOperationException"), (response.Status, response.ErrorType));
    }

    [Fact]
    public async Task A_request_without_credentials_is_refused_in_the_words_of_AWS()
    {
        var response = await server.SendAsync((WireRequest.Of("ListTables", "{}") with { Authorization = null }).Text);
        Assert.Equal(400, response.Status);
        Assert.Equal("MissingAuthenticationTokenException", response.ErrorType);
        Assert.Equal("Request is missing Authentication Token", response.ErrorMessage);
    }

    [Theory]
    [InlineData("AWS4-HMAC-SHA256 Credential=other/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=1", "/")]
    [InlineData(null, "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=any&X-Amz-Signature=0")]
    public async Task Any_credentials_are_accepted_on_loopback(string? authorization, string path)
    {
        var request = WireRequest.Of("ListTables", "{}") with { Authorization = authorization, Path = path };
        Assert.Equal(200, (await server.SendAsync(request.Text)).Status);
    }

    [Theory]
    [InlineData("application/x-amz-json-1.0")]
    [InlineData("application/x-amz-json-1.0; charset=utf-8")]
    [InlineData("application/json")]
    public async Task JSON_content_types_are_served(string contentType)
    {
        var request = WireRequest.Of("ListTables", "{}") with { ContentType = contentType };
        Assert.Equal(200, (await server.SendAsync(request.Text)).Status);
    }

    /// <summary>These are what a web page may send to another host without asking (Fetch standard, simple requests).</summary>
    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=application/json")]
    [InlineData(null)]
    public async Task Other_content_types_are_refused(string? contentType)
    {
        var request = WireRequest.Of("ListTables", "{}") with { ContentType = contentType };
        var response = await server.SendAsync(request.Text);
        Assert.Equal((404, "UnknownOperationException"), (response.Status, response.ErrorType));
    }

    [Theory]
    [InlineData("PUT", "/")]
    [InlineData("DELETE", "/")]
    [InlineData("POST", "/tables")]
    [InlineData("GET", "/nothing")]
    [InlineData("OPTIONS", "/")]
    public async Task Other_methods_and_paths_are_refused_in_the_shape_of_AWS(string method, string path)
    {
        var response = await server.SendAsync(new WireRequest { Method = method, Path = path }.Text);
        Assert.Equal((404, "UnknownOperationException"), (response.Status, response.ErrorType));
    }

    [Fact]
    public async Task GET_answers_healthy_as_the_service_does()
    {
        var response = await server.SendAsync(new WireRequest { Method = "GET", Authorization = null }.Text);
        Assert.Equal(200, response.Status);
        Assert.Equal("text/plain", response.Headers["Content-Type"]);
        Assert.Equal("healthy: dynamodb.us-east-1.amazonaws.com ", response.Text);
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public async Task Health_and_readiness_are_200_while_it_serves(string path)
    {
        var response = await server.SendAsync(new WireRequest { Method = "GET", Path = path, Authorization = null }.Text);
        Assert.Equal(200, response.Status);
    }
}
