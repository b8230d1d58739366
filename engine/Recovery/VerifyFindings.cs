namespace Storage.Engine.Recovery;

/// <summary>Collects what is found; hands on all of it and keeps the first ones.</summary>
internal sealed class VerifyFindings(Action<StoreFinding>? listener)
{
    /// <summary>Kept for the report; a store damaged all over has millions.</summary>
    internal const int KeptMax = 10_000;

    private readonly List<StoreFinding> kept = [];

    internal IReadOnlyList<StoreFinding> Kept => kept;

    internal long DamageCount { get; private set; }

    internal long NoteCount { get; private set; }

    internal void Damage(string? file, long? offset, string text) => Add(new StoreFinding(FindingKind.Damage, file, offset, text));

    internal void Note(string? file, long? offset, string text) => Add(new StoreFinding(FindingKind.Note, file, offset, text));

    private void Add(StoreFinding finding)
    {
        if (finding.Kind == FindingKind.Damage)
        {
            DamageCount++;
        }
        else
        {
            NoteCount++;
        }

        if (kept.Count < KeptMax)
        {
            kept.Add(finding);
        }

        listener?.Invoke(finding);
    }
}
