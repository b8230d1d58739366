using System.Runtime.CompilerServices;

namespace Storage.Server.Logs;

/// <summary>
/// Events of several streams in one order: time, then stream, then place. A stream is opened only when its first event's
/// time has come, so that of a thousand streams one after the other few are read at once.
/// </summary>
internal sealed class MergedEvents(
    EventReader reader,
    IReadOnlyList<LogStream> streams,
    EventPosition low,
    EventPosition high,
    (EventPosition Position, string Stream)? resume)
{
    internal async IAsyncEnumerable<(LogStream Stream, LogEvent Event)> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var queue = new PriorityQueue<Source, (long Millis, string Name)>(Comparer<(long Millis, string Name)>.Create(
            (one, other) => one.Millis != other.Millis ? one.Millis.CompareTo(other.Millis) : string.CompareOrdinal(one.Name, other.Name)));
        var opened = new List<Source>();
        foreach (var stream in streams)
        {
            var from = StartOf(stream);
            if (stream.FirstMillis is { } first && stream.LastMillis >= from.Millis && first < high.Millis)
            {
                queue.Enqueue(new Source(stream, from), (Math.Max(first, from.Millis), stream.Name));
            }
        }

        try
        {
            while (queue.TryDequeue(out var source, out _))
            {
                if (source.Events is null)
                {
                    source.Events = reader.ReadAsync(source.Stream, source.From, high, false, cancellation).GetAsyncEnumerator(cancellation);
                    opened.Add(source);
                }
                else
                {
                    yield return (source.Stream, source.Events.Current);
                }

                if (await source.Events.MoveNextAsync())
                {
                    queue.Enqueue(source, (source.Events.Current.Position.Millis, source.Stream.Name));
                }
            }
        }
        finally
        {
            foreach (var source in opened)
            {
                await source.Events!.DisposeAsync();
            }
        }
    }

    /// <summary>Where a stream goes on behind the last event of the page before.</summary>
    private EventPosition StartOf(LogStream stream)
    {
        if (resume is not { } last)
        {
            return low;
        }

        var order = string.CompareOrdinal(stream.Name, last.Stream);
        var from = order switch
        {
            0 => last.Position.Next,
            < 0 => new EventPosition(last.Position.Millis + 1, 0, 0), // All of that time are given.
            _ => new EventPosition(last.Position.Millis, 0, 0),
        };
        return from.CompareTo(low) > 0 ? from : low;
    }

    private sealed class Source(LogStream stream, EventPosition from)
    {
        internal LogStream Stream => stream;

        internal EventPosition From => from;

        internal IAsyncEnumerator<LogEvent>? Events { get; set; }
    }
}
