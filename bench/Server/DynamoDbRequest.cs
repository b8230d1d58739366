using System.Net.Http.Headers;
using System.Text;

namespace Storage.Bench.Server;

/// <summary>The headers an AWS SDK sends, with credentials nobody checks on loopback.</summary>
internal static class DynamoDbRequest
{
    private const string ContentType = "application/x-amz-json-1.0";

    internal static IEnumerable<(string Name, string Value)> Headers(string operation) =>
    [
        ("Content-Type", ContentType),
        ("X-Amz-Target", $"DynamoDB_20120810.{operation}"),
        ("X-Amz-Date", "20260101T000000Z"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, "
            + $"SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={new string('0', 64)}"),
    ];

    /// <summary>Sends one request.</summary>
    /// <returns>The answer's body.</returns>
    /// <exception cref="InvalidOperationException">The answer is not 200; the message has its body.</exception>
    internal static async Task<string> SendAsync(HttpClient client, Uri address, string operation, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body, Encoding.UTF8) };
        foreach (var (name, value) in Headers(operation))
        {
            if (name == "Content-Type")
            {
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var response = await client.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? answer
            : throw new InvalidOperationException($"{operation}: {(int)response.StatusCode} {answer}");
    }
}
