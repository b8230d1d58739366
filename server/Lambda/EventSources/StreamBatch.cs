using Storage.Engine.Model;

namespace Storage.Server.Lambda.EventSources;

/// <summary>A record of a batch.</summary>
/// <param name="Position">Its text is the SequenceNumber.</param>
/// <param name="Time">When it was made.</param>
/// <param name="Json">As the function gets it.</param>
internal readonly record struct BatchRecord(ChangePosition Position, DateTimeOffset Time, ReadOnlyMemory<byte> Json);

/// <summary>Records for one call, in order.</summary>
/// <param name="Records">Empty when all that was read was filtered out.</param>
/// <param name="Through">When all records are done, the lane has come to here: what follows them was looked at and is not for it.</param>
internal sealed record StreamBatch(IReadOnlyList<BatchRecord> Records, ChangePosition Through)
{
    /// <summary>"Lambda ... can process up to 6 MB in each batch". Source: Lambda Developer Guide, batching behavior.</summary>
    internal const int PayloadBytesMax = 6 * 1024 * 1024;

    private static ReadOnlySpan<byte> Head => "{\"Records\":["u8;

    private static ReadOnlySpan<byte> Tail => "]}"u8;

    /// <summary>Bytes of a payload without records; each costs its own and a comma.</summary>
    internal static int EmptyBytes => Head.Length + Tail.Length;

    /// <summary>Where the lane has come to when the records before an index are done.</summary>
    internal ChangePosition PositionBefore(int index) => index == Records.Count ? Through : Records[index - 1].Position;

    /// <summary>The event of some of the records.</summary>
    internal byte[] PayloadOf(BatchPart part)
    {
        var bytes = EmptyBytes + part.Count - 1;
        for (var i = part.Start; i < part.End; i++)
        {
            bytes += Records[i].Json.Length;
        }

        var payload = new byte[bytes];
        Head.CopyTo(payload);
        var end = Head.Length;
        for (var i = part.Start; i < part.End; i++)
        {
            if (i > part.Start)
            {
                payload[end++] = (byte)',';
            }

            Records[i].Json.Span.CopyTo(payload.AsSpan(end));
            end += Records[i].Json.Length;
        }

        Tail.CopyTo(payload.AsSpan(end));
        return payload;
    }
}

/// <summary>Records of a batch that are sent together.</summary>
/// <param name="Start">Index of the first.</param>
/// <param name="End">Index behind the last.</param>
/// <param name="Failures">How often they were sent in vain; splitting a batch counts as none.</param>
internal readonly record struct BatchPart(int Start, int End, int Failures)
{
    internal int Count => End - Start;
}
