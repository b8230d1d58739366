using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>
/// A condition with one request's placeholders; valid until those are cleared. The default one stands for no
/// condition and holds for every item.
/// </summary>
internal readonly struct BoundCondition(ConditionExpression expression, Bindings bindings)
{
    internal bool IsPresent => expression is not null;

    /// <summary>Whether the condition holds for an encoded item; an empty span is an absent one.</summary>
    internal bool Evaluate(ReadOnlySpan<byte> item) =>
        expression is null || ConditionEvaluator.Evaluate(bindings, expression.Nodes, expression.Root, item);

    /// <summary>For a walk over the paths by <see cref="TryGetTopLevelName"/>.</summary>
    internal int NodeCount => expression is null ? 0 : expression.Nodes.Length;

    /// <summary>The attribute that the path at a node begins with; false when the node is no path.</summary>
    internal bool TryGetTopLevelName(int node, out ReadOnlySpan<byte> name)
    {
        var isPath = expression.Nodes[node].Kind == NodeKind.Path;
        name = isPath ? bindings.TopLevelName(expression.Nodes[node].Path) : default;
        return isPath;
    }

    /// <summary>To be called for each key attribute of what a Query reads.</summary>
    /// <exception cref="DynamoDbException">A path of the filter begins with this attribute.</exception>
    internal void ThrowIfFiltersKey(ReadOnlySpan<byte> keyAttributeName)
    {
        if (expression is null)
        {
            return;
        }

        foreach (var node in expression.Nodes)
        {
            if (node.Kind == NodeKind.Path && bindings.TopLevelName(node.Path).SequenceEqual(keyAttributeName))
            {
                throw ExpressionError.FilterOnKey(keyAttributeName);
            }
        }
    }
}
