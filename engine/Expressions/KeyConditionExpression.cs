using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>A parsed key condition, shared by all requests with its text.</summary>
internal sealed class KeyConditionExpression(
    byte[] text, PathElement[] elements, PlaceholderUse[] uses, ExpressionNode[] nodes, int root)
    : ParsedExpression(ExpressionKind.KeyConditionExpression, text, elements, uses, [])
{
    internal ExpressionNode[] Nodes { get; } = nodes;

    internal int Root { get; } = root;

    /// <summary>Resolves the placeholders and checks what needs no key schema.</summary>
    /// <exception cref="DynamoDbException">
    /// An undefined placeholder, an operand of a wrong type, an operator that keys do not take.
    /// </exception>
    internal BoundKeyCondition Bind(Placeholders placeholders)
    {
        var bindings = placeholders.Bind(this);
        ConditionChecks.Check(bindings, Nodes);
        var clauses = default(KeyClauses);
        KeyClauseReader.Read(bindings, this, ref clauses);
        return new BoundKeyCondition(bindings, clauses);
    }
}
