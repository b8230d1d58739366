namespace Storage.Engine.Expressions;

/// <summary>What a key condition asks of the sort key, or of the last sort key attribute it names.</summary>
internal enum SortOperator : byte
{
    None,
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Between,
    BeginsWith,
}

/// <summary>
/// The range of keys that a Query reads. All values are encoded; they lie in the request's placeholders and are valid
/// until those are cleared.
/// </summary>
internal readonly struct KeyCondition(Bindings bindings, KeyClauses clauses, int partitionCount)
{
    /// <summary>Values of the partition key: 1, or up to 4 for a multi-attribute key.</summary>
    internal int PartitionCount => partitionCount;

    /// <summary>Sort key attributes with an equality before the one that <see cref="Sort"/> is about.</summary>
    internal int SortPrefixCount => Math.Max(0, clauses.Count - partitionCount - 1);

    internal SortOperator Sort => clauses.Count == partitionCount
        ? SortOperator.None
        : clauses[clauses.Count - 1].Operator switch
        {
            NodeKind.Equal => SortOperator.Equal,
            NodeKind.Less => SortOperator.Less,
            NodeKind.LessOrEqual => SortOperator.LessOrEqual,
            NodeKind.Greater => SortOperator.Greater,
            NodeKind.GreaterOrEqual => SortOperator.GreaterOrEqual,
            NodeKind.Between => SortOperator.Between,
            _ => SortOperator.BeginsWith,
        };

    /// <summary>The operand of <see cref="Sort"/>, the lower bound of Between; empty for None.</summary>
    internal ReadOnlySpan<byte> SortValue =>
        clauses.Count == partitionCount ? default : bindings.Value(clauses[clauses.Count - 1].Value);

    /// <summary>The upper bound of Between, inclusive as the lower one; empty for all others.</summary>
    internal ReadOnlySpan<byte> SortUpper =>
        Sort == SortOperator.Between ? bindings.Value(clauses[clauses.Count - 1].Upper) : default;

    internal ReadOnlySpan<byte> Partition(int index = 0) => bindings.Value(clauses[index].Value);

    internal ReadOnlySpan<byte> SortPrefix(int index) => bindings.Value(clauses[partitionCount + index].Value);
}
