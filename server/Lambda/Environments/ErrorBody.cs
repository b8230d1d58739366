using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Storage.Server.Lambda.Environments;

/// <summary>Error payloads that the service itself writes. Source: recorded answers of Lambda.</summary>
internal static class ErrorBody
{
    // ' and + stand as they are in AWS's bodies.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static byte[] Of(string errorType, string errorMessage)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            writer.WriteStartObject();
            writer.WriteString("errorType", errorType);
            writer.WriteString("errorMessage", errorMessage);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>The error's name in a payload, where it has one that may stand in a line of a log.</summary>
    internal static string TypeOf(ReadOnlyMemory<byte> payload)
    {
        const string unknown = "Runtime.Unknown";
        using var document = JsonDocument.Parse(payload);
        try
        {
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("errorType", out var type) && type.ValueKind == JsonValueKind.String
                && type.GetString() is { Length: > 0 and < 200 } name && !name.AsSpan().ContainsAnyExceptInRange('!', '~')
                ? name
                : unknown;
        }
        catch (InvalidOperationException)
        {
            return unknown; // An escaped half of a surrogate pair is no text.
        }
    }

    internal static byte[] TimedOut(string requestId, int seconds) =>
        Of("Sandbox.Timedout", $"RequestId: {requestId} Error: {TimedOutText(seconds)}");

    internal static string TimedOutText(int seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"Task timed out after {seconds:0.00} seconds");

    internal static byte[] Exited(string requestId, string reason) =>
        Of("Runtime.ExitError", $"RequestId: {requestId} Error: {reason}");

    internal static byte[] ResponseTooLarge(int bytesMax) =>
        Of(
            "Function.ResponseSizeTooLarge",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Response payload size exceeded maximum allowed payload size ({bytesMax} bytes)."));
}
