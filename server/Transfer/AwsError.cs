using System.Text.Json;

namespace Storage.Server.Transfer;

/// <summary>An error answer, read.</summary>
/// <param name="Type">AWS's name without its namespace, e.g. <c>ValidationException</c>.</param>
/// <param name="Message">AWS's words, or the type where there are none.</param>
internal readonly record struct AwsError(string Type, string Message)
{
    /// <summary>Whether the same request may succeed later.</summary>
    internal static bool IsTransient(int status, string type) =>
        status >= 500
        || type is "ProvisionedThroughputExceededException" or "ThrottlingException" or "RequestLimitExceeded"
            or "TransactionConflictException";

    internal static AwsError Read(ReadOnlyMemory<byte> body, int status)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var type = document.RootElement.GetProperty("__type").GetString() ?? string.Empty;
            type = type[(type.IndexOf('#', StringComparison.Ordinal) + 1)..];
            var message = document.RootElement.TryGetProperty("message"u8, out var text)
                || document.RootElement.TryGetProperty("Message"u8, out text)
                ? text.GetString()
                : null;
            return new AwsError(type, string.IsNullOrEmpty(message) ? type : message);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return new AwsError("UnknownError", $"the server answered HTTP {status} without a DynamoDB error");
        }
    }
}
