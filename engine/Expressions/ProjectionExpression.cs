using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>A parsed list of paths, shared by all requests with its text.</summary>
internal sealed class ProjectionExpression(
    byte[] text, PathElement[] elements, PlaceholderUse[] uses, DocumentPath[] targets)
    : ParsedExpression(ExpressionKind.ProjectionExpression, text, elements, uses, targets)
{
    /// <summary>A projection of whole attributes, by their names in UTF-8; nothing is parsed or reserved.</summary>
    internal static ProjectionExpression OfAttributes(params ReadOnlySpan<byte[]> names)
    {
        var text = new List<byte>();
        var elements = new PathElement[names.Length];
        var targets = new DocumentPath[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            elements[i] = new PathElement(PathElementKind.Name, text.Count, names[i].Length);
            targets[i] = new DocumentPath(i, 1);
            text.AddRange(names[i]);
        }

        return new ProjectionExpression([.. text], elements, [], targets);
    }

    /// <summary>Resolves the placeholders and orders the paths.</summary>
    /// <exception cref="DynamoDbException">An undefined placeholder, overlapping paths.</exception>
    internal BoundProjection Bind(Placeholders placeholders)
    {
        var bindings = placeholders.Bind(this);
        TargetOrder.Establish(bindings);
        return new BoundProjection(this, bindings);
    }
}
