using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>
/// Computes the right-hand sides of SET over the old item, straight into the new one.
/// Recursion is as deep as the parser allowed function calls.
/// </summary>
internal readonly ref struct UpdateOperand(ExpressionNode[] nodes, Bindings bindings, ReadOnlySpan<byte> item)
{
    private readonly ReadOnlySpan<byte> item = item;

    /// <summary>The sum or difference of two Numbers.</summary>
    /// <exception cref="DynamoDbException">Not two Numbers, or the result is beyond the limits.</exception>
    internal static void WriteSum(ValueView left, ValueView right, bool subtract, ValueWriter writer)
    {
        if (left.Tag != ValueTag.Number || right.Tag != ValueTag.Number)
        {
            throw ExpressionError.IncorrectDataType();
        }

        Span<byte> sum = stackalloc byte[NumberCodec.EncodedBytesMax];
        var result = NumberCodec.TryAdd(left.Scalar, right.Scalar, subtract, sum, out var written);
        if (result != NumberResult.Valid)
        {
            throw ExpressionError.Number(result);
        }

        writer.WriteNumber(sum[..written]);
    }

    /// <summary>Writes the value of an operand.</summary>
    /// <exception cref="DynamoDbException">A missing attribute, a wrong type, a number beyond the limits.</exception>
    internal void Write(int index, ValueWriter writer)
    {
        var node = nodes[index];
        switch (node.Kind)
        {
            case NodeKind.Plus or NodeKind.Minus:
                var right = nodes[node.First].Next;
                WriteSum(Resolve(node.First), Resolve(right), node.Kind == NodeKind.Minus, writer);
                break;
            case NodeKind.ListAppend:
                var mark = writer.Begin(ValueTag.List);
                WriteElements(index, writer);
                writer.End(mark);
                break;
            case NodeKind.IfNotExists when !IsThere(node, out _):
                Write(nodes[node.First].Next, writer);
                break;
            default:
                writer.WriteEncoded(Resolve(index).Encoded);
                break;
        }
    }

    /// <summary>Writes the elements of a list operand into the list that is open.</summary>
    private void WriteElements(int index, ValueWriter writer)
    {
        var node = nodes[index];
        switch (node.Kind)
        {
            case NodeKind.ListAppend:
                WriteElements(node.First, writer);
                WriteElements(nodes[node.First].Next, writer);
                break;
            case NodeKind.IfNotExists when !IsThere(node, out _):
                WriteElements(nodes[node.First].Next, writer);
                break;
            default:
                var list = Resolve(index);
                if (list.Tag != ValueTag.List)
                {
                    throw ExpressionError.IncorrectDataType();
                }

                foreach (var element in list.Elements)
                {
                    writer.BeginElement();
                    writer.WriteEncoded(element.Encoded);
                }

                break;
        }
    }

    /// <summary>The value of an operand that lies somewhere already: a path, a placeholder, a choice of them.</summary>
    private ValueView Resolve(int index)
    {
        for (; nodes[index].Kind == NodeKind.IfNotExists; index = nodes[nodes[index].First].Next)
        {
            if (IsThere(nodes[index], out var present))
            {
                return present;
            }
        }

        var node = nodes[index];
        return node.Kind switch
        {
            NodeKind.Value => new ValueView(bindings.Value(node.First)),
            NodeKind.Path when bindings.TryResolve(node.Path, item, out var value) => value,
            NodeKind.Path => throw ExpressionError.MissingOperand(),
            _ => throw ExpressionError.IncorrectDataType(),
        };
    }

    private bool IsThere(ExpressionNode ifNotExists, out ValueView value) =>
        bindings.TryResolve(nodes[ifNotExists.First].Path, item, out value);
}
