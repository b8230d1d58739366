using System.Text;
using System.Text.Json;
using Storage.Engine.Api;

namespace Storage.Server.Transfer;

/// <summary>
/// Writes batches until every item is stored or refused. A batch that is refused as a whole is sent again item by item,
/// so that one bad line costs no other.
/// </summary>
internal sealed class BatchSender(RetryingDoor door, BadLines badLines, TransferProgress progress)
{
    internal async Task SendAsync(ItemBatch batch, ResponseBuffer answer, CancellationToken cancellation)
    {
        if (await TrySendAsync(batch.Finish(), answer, cancellation) is null)
        {
            progress.Add(batch.Count);
            return;
        }

        foreach (var single in batch.Singles())
        {
            if (await TrySendAsync(single.Finish(), answer, cancellation) is { } error)
            {
                Refuse(single.FirstLine, error);
            }
            else
            {
                progress.Add(1);
            }
        }
    }

    private async Task<AwsError?> TrySendAsync(ReadOnlyMemory<byte> body, ResponseBuffer answer, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await door.CallAsync("BatchWriteItem", body, answer, cancellation) is { } error)
            {
                return error;
            }

            if (Unprocessed(answer.Written) is not { } rest)
            {
                return null;
            }

            body = rest;
            await door.PauseAsync(attempt, cancellation);
        }
    }

    private void Refuse(long line, AwsError error)
    {
        // Any other error is about the table or the store: every line would get it.
        if (error.Type is not ("ValidationException" or "SerializationException"))
        {
            throw new TransferException($"BatchWriteItem was refused: {error.Message}");
        }

        badLines.Add(line, error.Message);
    }

    /// <summary>A body that asks for what an answer left undone, or null when it left nothing.</summary>
    private static byte[]? Unprocessed(ReadOnlyMemory<byte> answer)
    {
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.TryGetProperty("UnprocessedItems", out var items)
            && items.ValueKind == JsonValueKind.Object
            && items.EnumerateObject().Any()
            ? Encoding.UTF8.GetBytes($"{{\"RequestItems\":{items.GetRawText()}}}")
            : null;
    }
}
