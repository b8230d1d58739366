using System.Globalization;

namespace Storage.Engine.Model;

/// <summary>How much a <see cref="StoreFinding"/> matters.</summary>
public enum FindingKind
{
    /// <summary>Worth knowing, and no damage: a torn tail that opening cuts, a file that is not the store's.</summary>
    Note,

    /// <summary>Something is not what was written.</summary>
    Damage,

    /// <summary>What a repaired store lacks, or holds in an older version.</summary>
    Loss,
}

/// <summary>One thing that was found in a store's directory.</summary>
/// <param name="Kind">How much it matters.</param>
/// <param name="File">The file's name; null when it is about the store as a whole.</param>
/// <param name="Offset">Where in the file, bytes; null for the whole of it.</param>
/// <param name="Text">What it means, and which table and keys it concerns when that is known.</param>
public sealed record StoreFinding(FindingKind Kind, string? File, long? Offset, string Text)
{
    /// <summary>One line: kind, file, offset, text.</summary>
    public override string ToString()
    {
        var place = File is null ? ""
            : Offset is { } offset ? string.Create(CultureInfo.InvariantCulture, $" {File} offset {offset}:")
            : $" {File}:";
        var kind = Kind switch
        {
            FindingKind.Damage => "damage",
            FindingKind.Loss => "lost",
            _ => "note",
        };
        return $"{kind}:{place} {Text}";
    }
}
