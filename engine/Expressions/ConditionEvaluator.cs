using System.Buffers.Text;
using Storage.Engine.Encoding;

namespace Storage.Engine.Expressions;

/// <summary>
/// Evaluates a bound condition over an encoded item, allocating nothing. A comparison with a missing attribute or
/// with another type is false, but for &lt;&gt;, which is true. Recursion is as deep as the parser allowed parentheses.
/// </summary>
internal static class ConditionEvaluator
{
    /// <summary>Room for size()'s answer as an encoded Number.</summary>
    private const int ScratchBytes = 1 + VarInt.BytesMax + NumberCodec.EncodedBytesMax;

    internal static bool Evaluate(Bindings bindings, ExpressionNode[] nodes, int index, ReadOnlySpan<byte> item)
    {
        var node = nodes[index];
        switch (node.Kind)
        {
            case NodeKind.And or NodeKind.Or:
                for (var i = node.First; i >= 0; i = nodes[i].Next)
                {
                    if (Evaluate(bindings, nodes, i, item) == (node.Kind == NodeKind.Or))
                    {
                        return node.Kind == NodeKind.Or;
                    }
                }

                return node.Kind == NodeKind.And;
            case NodeKind.Not:
                return !Evaluate(bindings, nodes, node.First, item);
            case NodeKind.AttributeExists:
                return bindings.TryResolve(nodes[node.First].Path, item, out _);
            case NodeKind.AttributeNotExists:
                return !bindings.TryResolve(nodes[node.First].Path, item, out _);
            default:
                return EvaluateComparison(bindings, nodes, node, item);
        }
    }

    /// <summary>Conditions that compare a first operand with others.</summary>
    private static bool EvaluateComparison(
        Bindings bindings, ExpressionNode[] nodes, ExpressionNode node, ReadOnlySpan<byte> item)
    {
        Span<byte> leftScratch = stackalloc byte[ScratchBytes];
        Span<byte> rightScratch = stackalloc byte[ScratchBytes];
        var first = nodes[node.First];
        if (!TryOperand(bindings, nodes, first, item, leftScratch, out var left))
        {
            return node.Kind == NodeKind.NotEqual;
        }

        if (node.Kind == NodeKind.Between)
        {
            var lower = nodes[first.Next];
            return TryOperand(bindings, nodes, lower, item, rightScratch, out var bound)
                && Compares(NodeKind.GreaterOrEqual, left, bound)
                && TryOperand(bindings, nodes, nodes[lower.Next], item, rightScratch, out bound)
                && Compares(NodeKind.LessOrEqual, left, bound);
        }

        for (var i = first.Next; i >= 0; i = nodes[i].Next)
        {
            if (!TryOperand(bindings, nodes, nodes[i], item, rightScratch, out var right))
            {
                if (node.Kind == NodeKind.NotEqual)
                {
                    return true;
                }
            }
            else if (Compares(node.Kind, left, right))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Compares(NodeKind comparison, ValueView left, ValueView right) => comparison switch
    {
        NodeKind.Equal or NodeKind.In => left.ValueEquals(right),
        NodeKind.NotEqual => !left.ValueEquals(right),
        NodeKind.Less => IsOrdered(left, right) && left.Scalar.SequenceCompareTo(right.Scalar) < 0,
        NodeKind.LessOrEqual => IsOrdered(left, right) && left.Scalar.SequenceCompareTo(right.Scalar) <= 0,
        NodeKind.Greater => IsOrdered(left, right) && left.Scalar.SequenceCompareTo(right.Scalar) > 0,
        NodeKind.GreaterOrEqual => IsOrdered(left, right) && left.Scalar.SequenceCompareTo(right.Scalar) >= 0,
        NodeKind.BeginsWith => left.Tag == right.Tag
            && (left.Tag is ValueTag.String or ValueTag.Binary)
            && left.Scalar.StartsWith(right.Scalar),
        NodeKind.Contains => Contains(left, right),
        NodeKind.AttributeType => right.Tag == ValueTag.String
            && ConditionChecks.TryReadType(right.Scalar, out var type)
            && left.Type == type,
        _ => throw new ArgumentOutOfRangeException(nameof(comparison), comparison, "Compares nothing."),
    };

    /// <summary>Strings, numbers and binaries have an order among themselves: that of their bytes.</summary>
    private static bool IsOrdered(ValueView left, ValueView right) =>
        left.Tag == right.Tag && (left.Tag is ValueTag.String or ValueTag.Number or ValueTag.Binary);

    private static bool Contains(ValueView container, ValueView value) => container.Tag switch
    {
        ValueTag.String or ValueTag.Binary =>
            value.Tag == container.Tag && container.Scalar.IndexOf(value.Scalar) >= 0,
        ValueTag.List or ValueTag.StringSet or ValueTag.NumberSet or ValueTag.BinarySet =>
            container.ContainsElement(value),
        _ => false,
    };

    private static bool TryOperand(
        Bindings bindings,
        ExpressionNode[] nodes,
        ExpressionNode node,
        ReadOnlySpan<byte> item,
        Span<byte> scratch,
        out ValueView value)
    {
        switch (node.Kind)
        {
            case NodeKind.Path:
                return bindings.TryResolve(node.Path, item, out value);
            case NodeKind.Value:
                value = new ValueView(bindings.Value(node.First));
                return true;
            default:
                return TrySize(bindings, nodes[node.First], item, scratch, out value);
        }
    }

    /// <summary>size() of a string, binary, set, list or map; of other types there is none.</summary>
    private static bool TrySize(
        Bindings bindings, ExpressionNode operand, ReadOnlySpan<byte> item, Span<byte> scratch, out ValueView value)
    {
        value = default;
        ValueView sized;
        if (operand.Kind == NodeKind.Value)
        {
            sized = new ValueView(bindings.Value(operand.First));
        }
        else if (!bindings.TryResolve(operand.Path, item, out sized))
        {
            return false;
        }

        int size;
        if (sized.Tag is ValueTag.String or ValueTag.Binary)
        {
            size = sized.Scalar.Length;
        }
        else if (sized.Tag.IsContainer())
        {
            size = sized.Count;
        }
        else
        {
            return false;
        }

        Span<byte> digits = stackalloc byte[16];
        _ = Utf8Formatter.TryFormat(size, digits, out var digitCount);
        Span<byte> number = stackalloc byte[NumberCodec.EncodedBytesMax];
        _ = NumberCodec.TryEncode(digits[..digitCount], number, out var numberBytes);
        scratch[0] = (byte)ValueTag.Number;
        var prefix = 1 + VarInt.Write(scratch[1..], numberBytes);
        number[..numberBytes].CopyTo(scratch[prefix..]);
        value = new ValueView(scratch);
        return true;
    }
}
