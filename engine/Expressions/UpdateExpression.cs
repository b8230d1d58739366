using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>A parsed update, shared by all requests with its text. Action i writes target i.</summary>
internal sealed class UpdateExpression(
    byte[] text,
    PathElement[] elements,
    PlaceholderUse[] uses,
    DocumentPath[] targets,
    UpdateAction[] actions,
    ExpressionNode[] nodes)
    : ParsedExpression(ExpressionKind.UpdateExpression, text, elements, uses, targets)
{
    internal UpdateAction[] Actions { get; } = actions;

    internal ExpressionNode[] Nodes { get; } = nodes;

    /// <summary>Resolves the placeholders and checks everything that needs no item.</summary>
    /// <exception cref="DynamoDbException">
    /// An undefined placeholder, overlapping paths, an operand of a wrong type.
    /// </exception>
    internal BoundUpdate Bind(Placeholders placeholders)
    {
        var bindings = placeholders.Bind(this);
        TargetOrder.Establish(bindings);
        UpdateChecks.Check(bindings, this);
        return new BoundUpdate(this, bindings);
    }
}
