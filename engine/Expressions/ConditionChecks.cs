using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>
/// What a bound condition must satisfy before any item is looked at: operand types that the placeholders' values
/// show, distinct operands, the order of BETWEEN's bounds.
/// </summary>
internal static class ConditionChecks
{
    /// <exception cref="DynamoDbException">A check failed.</exception>
    internal static void Check(Bindings bindings, ExpressionNode[] nodes)
    {
        foreach (var node in nodes)
        {
            switch (node.Kind)
            {
                case NodeKind.Equal or NodeKind.NotEqual or NodeKind.In:
                    CheckDistinct(bindings, nodes, node);
                    break;
                case NodeKind.Less or NodeKind.LessOrEqual or NodeKind.Greater or NodeKind.GreaterOrEqual:
                    CheckDistinct(bindings, nodes, node);
                    CheckOrdered(bindings, nodes, node);
                    break;
                case NodeKind.Between:
                    CheckDistinct(bindings, nodes, node);
                    CheckOrdered(bindings, nodes, node);
                    CheckBounds(bindings, nodes, node);
                    break;
                case NodeKind.BeginsWith:
                    CheckDistinct(bindings, nodes, node);
                    CheckBeginsWith(bindings, nodes, node);
                    break;
                case NodeKind.Contains:
                    CheckDistinct(bindings, nodes, node);
                    CheckContains(bindings, nodes, node);
                    break;
                case NodeKind.AttributeType:
                    CheckAttributeType(bindings, nodes, node);
                    break;
                case NodeKind.Size:
                    CheckSize(bindings, nodes, node);
                    break;
            }
        }
    }

    /// <summary>The type that an attribute_type operand names.</summary>
    internal static bool TryReadType(ReadOnlySpan<byte> name, out AttributeType type)
    {
        if (name.SequenceEqual("S"u8))
        {
            type = AttributeType.S;
        }
        else if (name.SequenceEqual("N"u8))
        {
            type = AttributeType.N;
        }
        else if (name.SequenceEqual("B"u8))
        {
            type = AttributeType.B;
        }
        else if (name.SequenceEqual("SS"u8))
        {
            type = AttributeType.SS;
        }
        else if (name.SequenceEqual("NS"u8))
        {
            type = AttributeType.NS;
        }
        else if (name.SequenceEqual("BS"u8))
        {
            type = AttributeType.BS;
        }
        else if (name.SequenceEqual("M"u8))
        {
            type = AttributeType.M;
        }
        else if (name.SequenceEqual("L"u8))
        {
            type = AttributeType.L;
        }
        else if (name.SequenceEqual("BOOL"u8))
        {
            type = AttributeType.BOOL;
        }
        else
        {
            type = AttributeType.NULL;
            return name.SequenceEqual("NULL"u8);
        }

        return true;
    }

    /// <summary>The type of an operand that shows without an item.</summary>
    private static bool TryType(Bindings bindings, ExpressionNode operand, out AttributeType type)
    {
        type = operand.Kind == NodeKind.Value ? new ValueView(bindings.Value(operand.First)).Type : AttributeType.N;
        return operand.Kind is NodeKind.Value or NodeKind.Size;
    }

    private static void CheckDistinct(Bindings bindings, ExpressionNode[] nodes, ExpressionNode node)
    {
        var first = nodes[node.First];
        if (first.Kind != NodeKind.Path)
        {
            return;
        }

        for (var i = first.Next; i >= 0; i = nodes[i].Next)
        {
            if (nodes[i].Kind == NodeKind.Path && bindings.PathEquals(first.Path, nodes[i].Path))
            {
                throw ExpressionError.NotDistinct(bindings.Expression.Kind, node.Kind, bindings.Text(first.Path));
            }
        }
    }

    private static void CheckOrdered(Bindings bindings, ExpressionNode[] nodes, ExpressionNode node)
    {
        for (var i = node.First; i >= 0; i = nodes[i].Next)
        {
            if (TryType(bindings, nodes[i], out var type)
                && type is not (AttributeType.S or AttributeType.N or AttributeType.B))
            {
                throw ExpressionError.OperandType(bindings.Expression.Kind, node.Kind, type);
            }
        }
    }

    private static void CheckBounds(Bindings bindings, ExpressionNode[] nodes, ExpressionNode node)
    {
        var lowerNode = nodes[nodes[node.First].Next];
        var upperNode = nodes[lowerNode.Next];
        if (lowerNode.Kind != NodeKind.Value || upperNode.Kind != NodeKind.Value)
        {
            return;
        }

        var lower = new ValueView(bindings.Value(lowerNode.First));
        var upper = new ValueView(bindings.Value(upperNode.First));
        if (lower.Tag != upper.Tag)
        {
            throw ExpressionError.Invalid(
                bindings.Expression.Kind,
                "The BETWEEN operator requires same data type for lower and upper bounds; "
                    + $"lower bound operand: {Text(lower)}, upper bound operand: {Text(upper)}");
        }

        if (lower.Scalar.SequenceCompareTo(upper.Scalar) > 0)
        {
            throw ExpressionError.Invalid(
                bindings.Expression.Kind,
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
                    + $"lower bound operand: {Text(lower)}, upper bound operand: {Text(upper)}");
        }
    }

    private static void CheckBeginsWith(Bindings bindings, ExpressionNode[] nodes, ExpressionNode node)
    {
        for (var i = node.First; i >= 0; i = nodes[i].Next)
        {
            if (TryType(bindings, nodes[i], out var type) && type is not (AttributeType.S or AttributeType.B))
            {
                throw ExpressionError.OperandType(bindings.Expression.Kind, node.Kind, type);
            }
        }
    }

    private static void CheckContains(Bindings bindings, ExpressionNode[] nodes, ExpressionNode node)
    {
        if (TryType(bindings, nodes[node.First], out var type)
            && (type is AttributeType.N or AttributeType.BOOL or AttributeType.NULL or AttributeType.M))
        {
            throw ExpressionError.OperandType(bindings.Expression.Kind, node.Kind, type);
        }
    }

    private static void CheckAttributeType(Bindings bindings, ExpressionNode[] nodes, ExpressionNode node)
    {
        var operand = nodes[nodes[node.First].Next];
        if (!TryType(bindings, operand, out var type) || type != AttributeType.S)
        {
            // A path could be of any type; AWS prints them all.
            var shown = operand.Kind == NodeKind.Path ? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}" : type.ToString();
            throw ExpressionError.OperandType(bindings.Expression.Kind, node.Kind, shown);
        }

        var name = new ValueView(bindings.Value(operand.First)).Scalar;
        if (!TryReadType(name, out _))
        {
            throw ExpressionError.Invalid(
                bindings.Expression.Kind,
                $"Invalid attribute type name found; type: {ExpressionError.Utf8(name)}, valid types: "
                    + "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
        }
    }

    private static void CheckSize(Bindings bindings, ExpressionNode[] nodes, ExpressionNode node)
    {
        if (TryType(bindings, nodes[node.First], out var type)
            && (type is AttributeType.N or AttributeType.BOOL or AttributeType.NULL))
        {
            throw ExpressionError.OperandType(bindings.Expression.Kind, node.Kind, type);
        }
    }

    /// <summary>A scalar as AWS's error texts show it: <c>AttributeValue: {S:a}</c>.</summary>
    private static string Text(ValueView value)
    {
        Span<byte> digits = stackalloc byte[NumberCodec.TextBytesMax];
        var content = value.Tag switch
        {
            ValueTag.Number => ExpressionError.Utf8(digits[..NumberCodec.Format(value.Scalar, digits)]),
            ValueTag.Binary => Convert.ToBase64String(value.Scalar),
            _ => ExpressionError.Utf8(value.Scalar),
        };
        return $"AttributeValue: {{{value.Type}:{content}}}";
    }
}
