namespace Storage.Faults.Corruption;

/// <summary>How many faults of each kind came to which outcome. Safe for several threads.</summary>
internal sealed class CorruptionCounts
{
    private static readonly int OutcomeCount = Enum.GetValues<Outcome>().Length;

    private readonly long[] counts = new long[Enum.GetValues<FaultKind>().Length * OutcomeCount];

    internal long Total => counts.Sum();

    internal long this[FaultKind kind, Outcome outcome]
    {
        get => Volatile.Read(ref counts[((int)kind * OutcomeCount) + (int)outcome]);
        set => Volatile.Write(ref counts[((int)kind * OutcomeCount) + (int)outcome], value);
    }

    internal long this[Outcome outcome] => Enum.GetValues<FaultKind>().Sum(kind => this[kind, outcome]);

    internal void Add(FaultKind kind, Outcome outcome) =>
        Interlocked.Increment(ref counts[((int)kind * OutcomeCount) + (int)outcome]);

    /// <summary>One line, for a test's output and a program's progress.</summary>
    public override string ToString() =>
        string.Join(", ", Enum.GetValues<Outcome>().Select(outcome => FormattableString.Invariant($"{this[outcome]:N0} {outcome}")));
}
