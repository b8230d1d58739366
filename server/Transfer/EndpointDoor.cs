using System.Net.Http.Headers;
using Storage.Engine.Api;

namespace Storage.Server.Transfer;

/// <summary>A running server. It accepts any credentials, so these are made up; AWS itself would refuse them.</summary>
internal sealed class EndpointDoor : IDynamoDbDoor
{
    private const string Credentials =
        "AWS4-HMAC-SHA256 Credential=transfer/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";

    private readonly HttpClient http;
    private readonly Uri endpoint;

    internal EndpointDoor(Uri endpoint)
    {
        this.endpoint = endpoint;
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = Timeout.InfiniteTimeSpan });
    }

    public async ValueTask<int> CallAsync(
        string operation, ReadOnlyMemory<byte> body, ResponseBuffer answer, CancellationToken cancellation)
    {
        answer.Clear();
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.0");
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "DynamoDB_20120810." + operation);
        request.Headers.TryAddWithoutValidation("Authorization", Credentials);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        int read;
        while ((read = await stream.ReadAsync(answer.GetMemory(), cancellation)) > 0)
        {
            answer.Advance(read);
        }

        return (int)response.StatusCode;
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }
}
