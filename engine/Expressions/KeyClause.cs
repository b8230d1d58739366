using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Storage.Engine.Expressions;

/// <summary>One condition on one key attribute.</summary>
/// <param name="Operator">=, an ordering comparison, BETWEEN or begins_with.</param>
/// <param name="Attribute">The path's only element.</param>
/// <param name="Value">Number of the use of the value, or of BETWEEN's lower bound.</param>
/// <param name="Upper">Number of the use of BETWEEN's upper bound.</param>
internal readonly record struct KeyClause(NodeKind Operator, PathElement Attribute, int Value, int Upper);

/// <summary>The clauses of a key condition, at most one for each attribute a key may have.</summary>
internal struct KeyClauses
{
    /// <summary>Four HASH and four RANGE attributes. Source: Developer Guide, multi-attribute keys.</summary>
    internal const int Max = 8;

    private Slots slots;

    internal int Count { get; private set; }

    internal readonly KeyClause this[int index] => slots[index];

    internal void Add(KeyClause clause) => slots[Count++] = clause;

    [InlineArray(Max)]
    [SuppressMessage("Performance", "CA1815", Justification = "Never compared.")]
    private struct Slots
    {
        private KeyClause first;
    }
}
