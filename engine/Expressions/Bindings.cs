using System.Text;
using Storage.Engine.Encoding;

namespace Storage.Engine.Expressions;

/// <summary>One expression with one request's placeholders: gives names and values to paths and operands.</summary>
internal readonly struct Bindings(ParsedExpression expression, Placeholders placeholders, int first)
{
    internal ParsedExpression Expression => expression;

    /// <summary>Numbers of the expression's targets, ordered as <see cref="TargetOrder"/> left them.</summary>
    internal Span<int> Order => placeholders.Slots(first + expression.Uses.Length, expression.Targets.Length);

    internal PathElement Element(DocumentPath path, int position) => expression.Elements[path.First + position];

    /// <summary>The attribute name of a step that is no index.</summary>
    internal ReadOnlySpan<byte> Name(PathElement element) => element.Kind == PathElementKind.Name
        ? expression.Text.AsSpan(element.Value, element.Length)
        : placeholders.NameAt(first + element.Value);

    /// <summary>The attribute a path begins with.</summary>
    internal ReadOnlySpan<byte> TopLevelName(DocumentPath path) => Name(expression.Elements[path.First]);

    /// <summary>The encoded value of the placeholder with this number of use.</summary>
    internal ReadOnlySpan<byte> Value(int use) => placeholders.ValueAt(first + use);

    /// <summary>Follows a path from its element at a position on; an empty span is an absent item.</summary>
    internal bool TryResolve(DocumentPath path, ReadOnlySpan<byte> item, out ValueView value, int position = 0)
    {
        if (item.IsEmpty)
        {
            value = default;
            return false;
        }

        value = new ValueView(item);
        for (; position < path.Count; position++)
        {
            var element = expression.Elements[path.First + position];
            var found = element.Kind == PathElementKind.Index
                ? value.Tag == ValueTag.List && value.TryGetElement(element.Value, out value)
                : value.Tag == ValueTag.Map && value.TryGetMember(Name(element), out value);
            if (!found)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Orders steps: indexes by number before names by their bytes, as a map orders its members.</summary>
    internal int Compare(PathElement left, PathElement right)
    {
        if (left.Kind == PathElementKind.Index || right.Kind == PathElementKind.Index)
        {
            return left.Kind == right.Kind
                ? left.Value.CompareTo(right.Value)
                : left.Kind == PathElementKind.Index ? -1 : 1;
        }

        return Name(left).SequenceCompareTo(Name(right));
    }

    internal bool PathEquals(DocumentPath left, DocumentPath right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (var i = 0; i < left.Count; i++)
        {
            if (Compare(Element(left, i), Element(right, i)) != 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A path as AWS's error texts show it: <c>[a, b, [3]]</c>.</summary>
    internal string Text(DocumentPath path)
    {
        var text = new StringBuilder("[");
        for (var i = 0; i < path.Count; i++)
        {
            var element = Element(path, i);
            text.Append(i == 0 ? string.Empty : ", ");
            _ = element.Kind == PathElementKind.Index
                ? text.Append('[').Append(element.Value).Append(']')
                : text.Append(ExpressionError.Utf8(Name(element)));
        }

        return text.Append(']').ToString();
    }
}
