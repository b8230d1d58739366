using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Storage.Faults.Kill;

/// <summary>DynamoDB's JSON protocol to one server.</summary>
internal sealed class DynamoDbCalls : IDisposable
{
    private readonly HttpClient client;

    internal DynamoDbCalls(Uri address)
    {
        client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.TryAddWithoutValidation(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0");
    }

    /// <summary>Sends a request; null when the server went away before it answered, so that nobody knows the outcome.</summary>
    internal async Task<Answer?> TrySendAsync(string operation, string body, string service = "DynamoDB_20120810")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.0");
        request.Headers.Add("X-Amz-Target", service + "." + operation);
        try
        {
            using var response = await client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            return new Answer((int)response.StatusCode, text);
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException)
        {
            return null;
        }
    }

    /// <summary>Sends a request that must succeed.</summary>
    internal async Task<JsonElement> SendAsync(string operation, string body)
    {
        var answer = await TrySendAsync(operation, body) ?? throw new ViolationException($"The server went away during {operation}.");
        return answer.Status == 200
            ? answer.Json
            : throw new ViolationException($"{operation} answered {answer.Status}: {answer.Text}\n{body}");
    }

    /// <summary>All items of a table or index.</summary>
    internal async Task<List<JsonElement>> ScanAsync(string table, string? index = null)
    {
        var items = new List<JsonElement>();
        var start = "";
        while (true)
        {
            var page = await SendAsync(
                "Scan",
                $$"""{"TableName":"{{table}}"{{(index is null ? ""","ConsistentRead":true""" : $",\"IndexName\":\"{index}\"")}}{{start}}}""");
            items.AddRange(page.GetProperty("Items").EnumerateArray());
            if (!page.TryGetProperty("LastEvaluatedKey", out var last))
            {
                return items;
            }

            start = ",\"ExclusiveStartKey\":" + last.GetRawText();
        }
    }

    /// <summary>What the server says of its readiness.</summary>
    internal async Task<Answer> ReadinessAsync()
    {
        using var response = await client.GetAsync(new Uri("/readyz", UriKind.Relative));
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public void Dispose() => client.Dispose();

    /// <summary>Status and body of an answer.</summary>
    internal sealed record Answer(int Status, string Text)
    {
        internal JsonElement Json
        {
            get
            {
                using var document = JsonDocument.Parse(Text);
                return document.RootElement.Clone();
            }
        }

        internal bool Refused(string error) => Status == 400 && Text.Contains(error, StringComparison.Ordinal);
    }
}
