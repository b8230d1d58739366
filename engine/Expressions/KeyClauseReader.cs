using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>
/// Reads the clauses off a key condition's tree: comparisons joined by AND, each of one top-level attribute with
/// values. Texts: observed answers of DynamoDB.
/// </summary>
internal static class KeyClauseReader
{
    /// <exception cref="DynamoDbException">The tree is anything else.</exception>
    internal static void Read(Bindings bindings, KeyConditionExpression expression, ref KeyClauses clauses) =>
        Read(bindings, expression.Nodes, expression.Root, ref clauses);

    private static void Read(Bindings bindings, ExpressionNode[] nodes, int index, ref KeyClauses clauses)
    {
        var node = nodes[index];
        switch (node.Kind)
        {
            case NodeKind.And:
                for (var i = node.First; i >= 0; i = nodes[i].Next)
                {
                    Read(bindings, nodes, i, ref clauses);
                }

                break;
            case NodeKind.Equal or NodeKind.Less or NodeKind.LessOrEqual or NodeKind.Greater
                or NodeKind.GreaterOrEqual or NodeKind.Between or NodeKind.BeginsWith:
                Add(bindings, ReadClause(bindings, nodes, node), ref clauses);
                break;
            default:
                throw DynamoDbException.Validation(
                    $"Invalid operator used in KeyConditionExpression: {node.Kind.Text()}");
        }
    }

    private static void Add(Bindings bindings, KeyClause clause, ref KeyClauses clauses)
    {
        if (clauses.Count == KeyClauses.Max)
        {
            throw DynamoDbException.Validation("Conditions can be of length 1 or 2 only");
        }

        for (var i = 0; i < clauses.Count; i++)
        {
            if (bindings.Compare(clauses[i].Attribute, clause.Attribute) == 0)
            {
                throw DynamoDbException.Validation("KeyConditionExpressions must only contain one condition per key");
            }
        }

        clauses.Add(clause);
    }

    private static KeyClause ReadClause(Bindings bindings, ExpressionNode[] nodes, ExpressionNode node)
    {
        var attribute = default(PathElement?);
        Span<int> values = stackalloc int[3];
        var valueCount = 0;
        var attributeFirst = nodes[node.First].Kind == NodeKind.Path;
        for (var i = node.First; i >= 0; i = nodes[i].Next)
        {
            var operand = nodes[i];
            if (operand.Kind == NodeKind.Size)
            {
                throw DynamoDbException.Validation("KeyConditionExpressions cannot contain nested operations");
            }

            if (operand.Kind == NodeKind.Value)
            {
                values[valueCount++] = operand.First;
            }
            else if (attribute is not null)
            {
                throw DynamoDbException.Validation(
                    "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
            }
            else if (operand.Count > 1)
            {
                throw DynamoDbException.Validation(
                    "KeyConditionExpressions cannot have conditions on nested attributes");
            }
            else
            {
                attribute = bindings.Element(operand.Path, 0);
            }
        }

        if (attribute is not { } named)
        {
            throw DynamoDbException.Validation(
                "Invalid condition in KeyConditionExpression: No key attribute specified");
        }

        if (!attributeFirst && (node.Kind is NodeKind.Between or NodeKind.BeginsWith))
        {
            throw DynamoDbException.Validation(
                "Invalid condition in KeyConditionExpression: "
                    + $"{node.Kind.Text()} operator must have the key attribute as its first operand");
        }

        return new KeyClause(attributeFirst ? node.Kind : Mirrored(node.Kind), named, values[0], values[1]);
    }

    /// <summary>The comparison as seen from its other side.</summary>
    private static NodeKind Mirrored(NodeKind comparison) => comparison switch
    {
        NodeKind.Less => NodeKind.Greater,
        NodeKind.LessOrEqual => NodeKind.GreaterOrEqual,
        NodeKind.Greater => NodeKind.Less,
        NodeKind.GreaterOrEqual => NodeKind.LessOrEqual,
        _ => comparison,
    };
}
