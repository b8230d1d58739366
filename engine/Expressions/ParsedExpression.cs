namespace Storage.Engine.Expressions;

/// <summary>
/// What all parsed expressions share: the text they came from and flat arrays that refer to it. Immutable, with
/// placeholders unresolved, so that one tree serves every request with the same text.
/// </summary>
internal abstract class ParsedExpression(
    ExpressionKind kind, byte[] text, PathElement[] elements, PlaceholderUse[] uses, DocumentPath[] targets)
{
    internal ExpressionKind Kind { get; } = kind;

    internal byte[] Text { get; } = text;

    internal PathElement[] Elements { get; } = elements;

    /// <summary>The distinct placeholders in the order of the text.</summary>
    internal PlaceholderUse[] Uses { get; } = uses;

    /// <summary>Paths that are written (updates) or shown (projections), which must not overlap.</summary>
    internal DocumentPath[] Targets { get; } = targets;
}

/// <summary>A placeholder as a range of the expression's text.</summary>
internal readonly record struct PlaceholderUse(bool IsName, int Start, int Length);
