using System.Text.Json.Nodes;

namespace Storage.Server.Aws;

/// <summary>A REST answer: JSON, or bytes of another type; sent whole.</summary>
internal sealed record RestAnswer(int Status, JsonNode? Json)
{
    /// <summary>Sent instead of <see cref="Json"/> when set.</summary>
    internal ReadOnlyMemory<byte>? Bytes { get; init; }

    internal string ContentType { get; init; } = "application/json";

    internal IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}
