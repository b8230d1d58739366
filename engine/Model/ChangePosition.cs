using System.Globalization;

namespace Storage.Engine.Model;

/// <summary>
/// A place in the changes of a store: a record of the log and a change in it. Positions of one store compare as the
/// changes were made; the default is before every change.
/// </summary>
/// <param name="Lsn">Log sequence number of the record, from 1.</param>
/// <param name="Ordinal">Place of the change in its record, from 0.</param>
public readonly record struct ChangePosition(long Lsn, int Ordinal) : IComparable<ChangePosition>
{
    private const int LsnDigits = 19;
    private const int OrdinalDigits = 10;

    /// <summary>Digits of every sequence number: within AWS's 21 to 40, and equally many, so that text compares as positions do.</summary>
    public const int SequenceNumberDigits = 1 + LsnDigits + OrdinalDigits;

    /// <summary>The place behind every change of a record.</summary>
    public static ChangePosition EndOf(long lsn) => new(lsn, int.MaxValue);

    /// <summary>Whether one lies before another.</summary>
    public static bool operator <(ChangePosition left, ChangePosition right) => left.CompareTo(right) < 0;

    /// <summary>Whether one lies behind another.</summary>
    public static bool operator >(ChangePosition left, ChangePosition right) => left.CompareTo(right) > 0;

    /// <summary>Whether one lies before another or is the same.</summary>
    public static bool operator <=(ChangePosition left, ChangePosition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one lies behind another or is the same.</summary>
    public static bool operator >=(ChangePosition left, ChangePosition right) => left.CompareTo(right) >= 0;

    /// <summary>Reads a stream's SequenceNumber.</summary>
    public static bool TryParse(ReadOnlySpan<char> sequenceNumber, out ChangePosition position)
    {
        position = default;
        if (sequenceNumber.Length != SequenceNumberDigits
            || sequenceNumber[0] != '1'
            || !long.TryParse(sequenceNumber.Slice(1, LsnDigits), NumberStyles.None, CultureInfo.InvariantCulture, out var lsn)
            || !int.TryParse(sequenceNumber[(1 + LsnDigits)..], NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal))
        {
            return false;
        }

        position = new ChangePosition(lsn, ordinal);
        return true;
    }

    /// <inheritdoc />
    public int CompareTo(ChangePosition other) =>
        Lsn != other.Lsn ? Lsn.CompareTo(other.Lsn) : Ordinal.CompareTo(other.Ordinal);

    /// <summary>The SequenceNumber: a one, then the record and the change in fixed widths.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"1{Lsn:D19}{Ordinal:D10}");
}
