using System.Text.Json;

namespace Storage.Tests.Server;

/// <summary>An HTTP answer as it came.</summary>
internal sealed record RawResponse(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    internal string Text => System.Text.Encoding.UTF8.GetString(Body);

    /// <summary>AWS's error name, without namespace.</summary>
    internal string? ErrorType
    {
        get
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement.GetProperty("__type").GetString()?.Split('#')[1];
        }
    }

    internal string? ErrorMessage
    {
        get
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement.GetProperty("message").GetString();
        }
    }
}
