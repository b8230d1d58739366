using System.Globalization;

namespace Storage.Server.Lambda.Invocation;

/// <summary>An asynchronous call in the queue, without its payload.</summary>
/// <param name="Function">The function's name.</param>
/// <param name="SortKey">Where it stands in the function's lane: by when it is due, then by when it came.</param>
internal sealed record QueuedEvent(string Function, string SortKey)
{
    private const int DueDigits = 15;
    private const int SequenceDigits = 12;

    /// <summary>A UUID, the same at every attempt.</summary>
    internal required string RequestId { get; init; }

    /// <summary>Version or alias that was called, looked up at every attempt; null without one.</summary>
    internal string? Qualifier { get; init; }

    /// <summary>When it is given up if it has not been run, milliseconds since 1970.</summary>
    internal required long DeadlineMs { get; init; }

    /// <summary>Runs begun. One that the server did not outlive counts, and is followed by another in any case.</summary>
    internal int Attempts { get; init; }

    /// <summary>Runs that ended without the function's doing; they are not attempts.</summary>
    internal int Failures { get; init; }

    internal string? TraceId { get; init; }

    /// <summary>When it may run, milliseconds since 1970.</summary>
    internal long DueMs => long.Parse(SortKey.AsSpan(0, DueDigits), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>
    /// Sorts by due time, then by <paramref name="sequence"/>: events due at the same moment keep the order they came in.
    /// The request id keeps keys of different lives of the process apart.
    /// </summary>
    internal static string ToSortKey(long dueMs, long sequence, string requestId) => string.Create(
        CultureInfo.InvariantCulture, $"{dueMs.ToString("D" + DueDigits, CultureInfo.InvariantCulture)}#{sequence.ToString("D" + SequenceDigits, CultureInfo.InvariantCulture)}#{requestId}");
}
