using System.Text;

namespace Storage.Tests.Server;

/// <summary>An HTTP request as text, as a client of AWS would send it unless changed.</summary>
internal sealed record WireRequest
{
    internal string Method { get; init; } = "POST";

    internal string Path { get; init; } = "/";

    internal string? Host { get; init; } = "127.0.0.1:8000";

    internal string? ContentType { get; init; } = "application/x-amz-json-1.0";

    internal string? Target { get; init; }

    internal string? Authorization { get; init; } =
        "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";

    internal string? Origin { get; init; }

    /// <summary>Further header lines, each with its line end.</summary>
    internal string More { get; init; } = string.Empty;

    internal string Body { get; init; } = string.Empty;

    /// <summary>What Content-Length says; null says the truth.</summary>
    internal long? ContentLength { get; init; }

    internal string Text
    {
        get
        {
            var text = new StringBuilder($"{Method} {Path} HTTP/1.1\r\n");
            Line("Host", Host);
            Line("Content-Type", ContentType);
            Line("X-Amz-Target", Target);
            Line("Authorization", Authorization);
            Line("Origin", Origin);
            text.Append(More);
            if (!More.Contains("Transfer-Encoding", StringComparison.Ordinal))
            {
                Line("Content-Length", (ContentLength ?? System.Text.Encoding.UTF8.GetByteCount(Body)).ToString());
            }

            return text.Append("\r\n").Append(Body).ToString();

            void Line(string name, string? value)
            {
                if (value is not null)
                {
                    text.Append(name).Append(": ").Append(value).Append("\r\n");
                }
            }
        }
    }

    internal byte[] Bytes => System.Text.Encoding.UTF8.GetBytes(Text);

    internal static WireRequest Of(string operation, string body) =>
        new() { Target = "DynamoDB_20120810." + operation, Body = body };
}
