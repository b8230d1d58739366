using System.Text.Json;

namespace Storage.Server.Lambda.EventSources;

/// <summary>
/// What a function with ReportBatchItemFailures says of its batch. Source: Lambda Developer Guide, partial batch
/// responses for streams, and recorded answers.
/// </summary>
internal static class BatchResponse
{
    /// <summary>
    /// Index of the first record that failed: the end of the part when none did, its start when the answer counts as a
    /// failure of all.
    /// </summary>
    internal static int FirstFailure(ReadOnlyMemory<byte> answer, StreamBatch batch, BatchPart part)
    {
        if (answer.IsEmpty)
        {
            return part.End;
        }

        try
        {
            using var json = JsonDocument.Parse(answer);
            if (json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("batchItemFailures", out var failures)
                || failures.ValueKind == JsonValueKind.Null)
            {
                return part.End;
            }

            return failures.ValueKind == JsonValueKind.Array ? FirstOf(failures, batch, part) : part.Start;
        }
        catch (JsonException)
        {
            return part.Start;
        }
    }

    private static int FirstOf(JsonElement failures, StreamBatch batch, BatchPart part)
    {
        if (failures.GetArrayLength() == 0)
        {
            return part.End;
        }

        var indices = new Dictionary<string, int>(part.Count, StringComparer.Ordinal);
        for (var i = part.Start; i < part.End; i++)
        {
            indices.Add(batch.Records[i].Position.ToString(), i);
        }

        var first = part.End;
        foreach (var failure in failures.EnumerateArray())
        {
            if (failure.ValueKind != JsonValueKind.Object
                || !failure.TryGetProperty("itemIdentifier", out var identifier)
                || identifier.ValueKind != JsonValueKind.String
                || !indices.TryGetValue(identifier.GetString()!, out var index))
            {
                return part.Start;
            }

            first = Math.Min(first, index);
        }

        return first;
    }
}
