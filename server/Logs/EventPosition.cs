using System.Globalization;

namespace Storage.Server.Logs;

/// <summary>
/// Where an event is in its stream: by time, then by the append that brought it, then by its place in that. As text 56
/// digits.
/// </summary>
internal readonly record struct EventPosition(long Millis, long Sequence, int Index) : IComparable<EventPosition>
{
    private const int Length = 56;
    private const int MillisLength = 20;
    private const int SequenceLength = 20;

    /// <summary>The position right behind.</summary>
    internal EventPosition Next => this with { Index = Index + 1 };

    internal static bool TryParse(ReadOnlySpan<char> text, out EventPosition position)
    {
        position = default;
        if (text.Length != Length
            || !long.TryParse(text[..MillisLength], NumberStyles.None, CultureInfo.InvariantCulture, out var millis)
            || !long.TryParse(text.Slice(MillisLength, SequenceLength), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            || !int.TryParse(text[(MillisLength + SequenceLength)..], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return false;
        }

        position = new EventPosition(millis, sequence, index);
        return true;
    }

    public int CompareTo(EventPosition other)
    {
        var byTime = Millis.CompareTo(other.Millis);
        var bySequence = byTime != 0 ? byTime : Sequence.CompareTo(other.Sequence);
        return bySequence != 0 ? bySequence : Index.CompareTo(other.Index);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Millis:D20}{Sequence:D20}{Index:D16}");
}

/// <summary>An event as it is read.</summary>
internal readonly record struct LogEvent(EventPosition Position, long IngestedMillis, string Message);
