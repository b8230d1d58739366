namespace Storage.Engine.Expressions;

/// <summary>A run of <see cref="PathElement"/>s of one parsed expression.</summary>
internal readonly record struct DocumentPath(int First, int Count);

internal enum PathElementKind : byte
{
    /// <summary>A list index.</summary>
    Index,

    /// <summary>An attribute name that stands in the expression's text.</summary>
    Name,

    /// <summary>An attribute name given by a placeholder.</summary>
    NamePlaceholder,
}

/// <summary>One step of a path.</summary>
/// <param name="Kind">What the step is.</param>
/// <param name="Value">The index, the name's first byte in the text, or the number of the placeholder's use.</param>
/// <param name="Length">Bytes of the name.</param>
internal readonly record struct PathElement(PathElementKind Kind, int Value, int Length);
