using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>A parsed condition or filter, shared by all requests with its text.</summary>
internal sealed class ConditionExpression(
    ExpressionKind kind,
    byte[] text,
    PathElement[] elements,
    PlaceholderUse[] uses,
    ExpressionNode[] nodes,
    int root)
    : ParsedExpression(kind, text, elements, uses, [])
{
    internal ExpressionNode[] Nodes { get; } = nodes;

    internal int Root { get; } = root;

    /// <summary>Resolves the placeholders and checks everything that needs no item.</summary>
    /// <exception cref="DynamoDbException">An undefined placeholder, an operand of a wrong type.</exception>
    internal BoundCondition Bind(Placeholders placeholders)
    {
        var bindings = placeholders.Bind(this);
        ConditionChecks.Check(bindings, Nodes);
        return new BoundCondition(this, bindings);
    }
}
