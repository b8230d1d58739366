using Storage.Engine.Model;

namespace Storage.Engine.Recovery;

/// <summary>Collects what is found; hands on all of it and keeps the first ones.</summary>
internal sealed class VerifyFindings(Action<StoreFinding>? listener)
{
    /// <summary>Kept for the report; a store damaged all over has millions.</summary>
    internal const int KeptMax = 10_000;

    private readonly List<StoreFinding> kept = [];

    internal IReadOnlyList<StoreFinding> Kept => kept;

    internal long DamageCount { get; private set; }

    internal long LossCount { get; private set; }

    internal void Damage(string? file, long? offset, string text) => Add(new StoreFinding(FindingKind.Damage, file, offset, text));

    internal void Note(string? file, long? offset, string text) => Add(new StoreFinding(FindingKind.Note, file, offset, text));

    internal void Loss(string? file, long? offset, string text) => Add(new StoreFinding(FindingKind.Loss, file, offset, text));

    private void Add(StoreFinding finding)
    {
        DamageCount += finding.Kind == FindingKind.Damage ? 1 : 0;
        LossCount += finding.Kind == FindingKind.Loss ? 1 : 0;

        if (kept.Count < KeptMax)
        {
            kept.Add(finding);
        }

        listener?.Invoke(finding);
    }
}
