using Storage.Engine.Encoding;

namespace Storage.Engine.Expressions;

/// <summary>
/// A projection with one request's placeholders; valid until those are cleared. The default one stands for no
/// projection and shows whole items.
/// </summary>
internal readonly struct BoundProjection(ProjectionExpression expression, Bindings bindings)
{
    internal bool IsPresent => expression is not null;

    internal int PathCount => expression is null ? 0 : expression.Targets.Length;

    /// <summary>The attribute that a path begins with; several paths may begin with the same.</summary>
    internal ReadOnlySpan<byte> TopLevelName(int path) => bindings.TopLevelName(expression.Targets[path]);

    /// <summary>Writes one Map: the projected paths of an encoded item, in their structure.</summary>
    internal void Project(ReadOnlySpan<byte> item, ValueWriter writer)
    {
        if (expression is null)
        {
            writer.WriteEncoded(item);
            return;
        }

        TargetExtractor.Write(bindings, item, writer);
    }
}
