using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>A key condition with one request's placeholders, not yet held against a key schema.</summary>
internal readonly struct BoundKeyCondition(Bindings bindings, KeyClauses clauses)
{
    /// <summary>
    /// Holds the condition against the key of a table or index: an equality for every HASH attribute, equalities for
    /// the first RANGE attributes without a gap, and any operator on the last of them.
    /// </summary>
    /// <exception cref="DynamoDbException">The condition does not fit the key, or a value its type.</exception>
    internal KeyCondition Resolve(KeySchema key)
    {
        if (clauses.Count > Math.Max(2, key.Count))
        {
            throw DynamoDbException.Validation("Conditions can be of length 1 or 2 only");
        }

        var resolved = default(KeyClauses);
        foreach (var attribute in key.Partition)
        {
            var clause = Find(attribute) ?? throw Missing(attribute);
            if (clause.Operator != NodeKind.Equal)
            {
                throw DynamoDbException.Validation("Query key condition not supported");
            }

            CheckType(clause, attribute);
            resolved.Add(clause);
        }

        var sortCount = ResolveSort(key.Sort.AsSpan(), ref resolved);
        if (resolved.Count < clauses.Count)
        {
            throw sortCount < key.Sort.Length
                ? Missing(key.Sort[sortCount])
                : DynamoDbException.Validation("Query key condition not supported");
        }

        return new KeyCondition(bindings, resolved, key.Partition.Length);
    }

    private int ResolveSort(ReadOnlySpan<KeyAttribute> sort, ref KeyClauses resolved)
    {
        var count = 0;
        for (; count < sort.Length && Find(sort[count]) is { } clause; count++)
        {
            CheckType(clause, sort[count]);
            resolved.Add(clause);
            if (clause.Operator != NodeKind.Equal)
            {
                CheckLast(sort, count);
                return count + 1;
            }
        }

        if (count < sort.Length)
        {
            CheckLast(sort, count);
        }

        return count;
    }

    /// <summary>
    /// Behind the first attribute without an equality none may be named. Source: captured from DynamoDB for one
    /// attribute in the gap; how several are listed is ours.
    /// </summary>
    private void CheckLast(ReadOnlySpan<KeyAttribute> sort, int last)
    {
        for (var i = sort.Length - 1; i > last; i--)
        {
            if (Find(sort[i]) is not null)
            {
                throw GapBefore(sort[last..i], sort[i]);
            }
        }
    }

    private DynamoDbException GapBefore(ReadOnlySpan<KeyAttribute> before, KeyAttribute named)
    {
        var gap = new List<string>();
        foreach (var attribute in before)
        {
            if (Find(attribute) is not { Operator: NodeKind.Equal })
            {
                gap.Add(attribute.Name);
            }
        }

        return DynamoDbException.Validation(
            $"RANGE key attributes {string.Join(", ", gap)} must have equality conditions specified in the query "
                + $"because a condition is present on key attribute {named.Name}");
    }

    private KeyClause? Find(KeyAttribute attribute)
    {
        for (var i = 0; i < clauses.Count; i++)
        {
            if (bindings.Name(clauses[i].Attribute).SequenceEqual(attribute.NameUtf8))
            {
                return clauses[i];
            }
        }

        return null;
    }

    private void CheckType(KeyClause clause, KeyAttribute attribute)
    {
        var isBetween = clause.Operator == NodeKind.Between;
        if (new ValueView(bindings.Value(clause.Value)).Type != attribute.Type
            || (isBetween && new ValueView(bindings.Value(clause.Upper)).Type != attribute.Type))
        {
            throw DynamoDbException.Validation(
                "One or more parameter values were invalid: Condition parameter type does not match schema type");
        }
    }

    private static DynamoDbException Missing(KeyAttribute attribute) => DynamoDbException.Validation(
        $"Query condition missed key schema element: {attribute.Name}");
}
