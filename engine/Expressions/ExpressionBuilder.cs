using System.Globalization;
using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>
/// Makes the tree of an expression without its text, for parameters that say the same in another form. Attribute names
/// are taken as they are, so none is reserved; the limits of a text do not apply. For one expression; several builders
/// may share the placeholders, which receive the values and must belong to no other expression.
/// </summary>
internal sealed class ExpressionBuilder(Placeholders placeholders)
{
    // Names of attributes and placeholders one behind the other: what stands for the text.
    private readonly List<byte> text = [];
    private readonly List<PathElement> elements = [];
    private readonly List<PlaceholderUse> uses = [];
    private readonly List<ExpressionNode> nodes = [];
    private readonly List<DocumentPath> targets = [];
    private readonly List<UpdateAction> actions = [];

    /// <summary>An operand: a top-level attribute.</summary>
    internal int Path(string attributeName) => Add(new ExpressionNode(NodeKind.Path, Element(attributeName), 1));

    /// <summary>An operand: an encoded value.</summary>
    internal int Value(ReadOnlySpan<byte> encodedValue)
    {
        var token = System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $":{placeholders.ValueCount}"));
        placeholders.AddValue(token, encodedValue);
        uses.Add(new PlaceholderUse(IsName: false, text.Count, token.Length));
        text.AddRange(token);
        return Add(new ExpressionNode(NodeKind.Value, uses.Count - 1, 0));
    }

    /// <summary>An operator or function of operands or conditions that were made before, at least one.</summary>
    internal int Node(NodeKind kind, params ReadOnlySpan<int> children)
    {
        for (var i = 1; i < children.Length; i++)
        {
            nodes[children[i - 1]] = nodes[children[i - 1]] with { Next = children[i] };
        }

        return Add(new ExpressionNode(kind, children[0], children.Length));
    }

    /// <summary>An update's action on a top-level attribute; REMOVE takes no operand.</summary>
    internal void Action(UpdateVerb verb, string attributeName, int operand = -1)
    {
        targets.Add(new DocumentPath(Element(attributeName), 1));
        actions.Add(new UpdateAction(verb, operand));
    }

    /// <exception cref="DynamoDbException">An operand of a wrong type.</exception>
    internal BoundCondition Condition(ExpressionKind kind, int root) =>
        new ConditionExpression(kind, [.. text], [.. elements], [.. uses], [.. nodes], root).Bind(placeholders);

    /// <exception cref="DynamoDbException">An operand of a wrong type, an operator that keys do not take.</exception>
    internal BoundKeyCondition KeyCondition(int root) =>
        new KeyConditionExpression([.. text], [.. elements], [.. uses], [.. nodes], root).Bind(placeholders);

    /// <exception cref="DynamoDbException">The same attribute twice, an operand of a wrong type.</exception>
    internal BoundUpdate Update() =>
        new UpdateExpression([.. text], [.. elements], [.. uses], [.. targets], [.. actions], [.. nodes])
            .Bind(placeholders);

    private int Element(string attributeName)
    {
        var name = System.Text.Encoding.UTF8.GetBytes(attributeName);
        elements.Add(new PathElement(PathElementKind.Name, text.Count, name.Length));
        text.AddRange(name);
        return elements.Count - 1;
    }

    private int Add(ExpressionNode node)
    {
        nodes.Add(node);
        return nodes.Count - 1;
    }
}
