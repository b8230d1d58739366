using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>
/// Writes the item that an update makes of an old one, in one walk over the old item beside the ordered targets:
/// what no target touches is copied, list indexes mean old positions, operands read the old item only.
/// <para>Recursion follows existing lists and maps, whose nesting is limited.</para>
/// </summary>
internal readonly ref struct UpdateEvaluator(UpdateExpression update, Bindings bindings, ReadOnlySpan<byte> item)
{
    private readonly ReadOnlySpan<byte> item = item;

    /// <exception cref="DynamoDbException">The data does not fit the update.</exception>
    internal void Write(ValueWriter writer) => WriteMap(new ValueView(item), bindings.Order, 0, writer);

    private void WriteMap(ValueView map, ReadOnlySpan<int> order, int depth, ValueWriter writer)
    {
        var mark = writer.Begin(ValueTag.Map);
        foreach (var member in map.Members)
        {
            var byName = -1;
            while (!order.IsEmpty
                && (byName = bindings.Name(ElementOf(order, depth)).SequenceCompareTo(member.Name)) < 0)
            {
                order = WriteAbsentMember(order, depth, writer);
            }

            if (order.IsEmpty || byName > 0)
            {
                writer.BeginMember(member.Name);
                writer.WriteEncoded(member.Value.Encoded);
                continue;
            }

            var length = TargetExtractor.GroupLength(bindings, order, depth);
            if (Keeps(member.Value, order, depth))
            {
                writer.BeginMember(member.Name);
                WritePresent(member.Value, order[..length], depth, writer);
            }

            order = order[length..];
        }

        while (!order.IsEmpty)
        {
            order = WriteAbsentMember(order, depth, writer);
        }

        writer.End(mark);
    }

    private void WriteList(ValueView list, ReadOnlySpan<int> order, int depth, ValueWriter writer)
    {
        var mark = writer.Begin(ValueTag.List);
        var index = 0;
        foreach (var element in list.Elements)
        {
            if (order.IsEmpty || ElementOf(order, depth).Value != index++)
            {
                writer.BeginElement();
                writer.WriteEncoded(element.Encoded);
                continue;
            }

            var length = TargetExtractor.GroupLength(bindings, order, depth);
            if (Keeps(element, order, depth))
            {
                writer.BeginElement();
                WritePresent(element, order[..length], depth, writer);
            }

            order = order[length..];
        }

        // Past the end values are appended in the order of their indexes, without gaps.
        for (; !order.IsEmpty; order = order[1..])
        {
            if (WritesAbsent(order[0], depth))
            {
                writer.BeginElement();
                WriteLeaf(order[0], default, writer);
            }
        }

        writer.End(mark);
    }

    /// <summary>A target whose member does not exist; returns the targets behind it.</summary>
    private ReadOnlySpan<int> WriteAbsentMember(ReadOnlySpan<int> order, int depth, ValueWriter writer)
    {
        if (WritesAbsent(order[0], depth))
        {
            writer.BeginMember(bindings.Name(ElementOf(order, depth)));
            WriteLeaf(order[0], default, writer);
        }

        return order[1..];
    }

    /// <summary>Whether a target writes where nothing is. Its parent must be there.</summary>
    private bool WritesAbsent(int target, int depth) => IsLeaf(target, depth)
        ? update.Actions[target].Verb is UpdateVerb.Set or UpdateVerb.Add
        : throw ExpressionError.InvalidUpdatePath();

    /// <summary>Whether an existing value stays, changed or not, under the targets that lead to it.</summary>
    private bool Keeps(ValueView old, ReadOnlySpan<int> order, int depth)
    {
        if (!IsLeaf(order[0], depth))
        {
            return true;
        }

        return update.Actions[order[0]].Verb switch
        {
            UpdateVerb.Remove => false,
            UpdateVerb.Delete => SetArithmetic.LeavesAny(old, Operand(order[0])),
            _ => true,
        };
    }

    private void WritePresent(ValueView old, ReadOnlySpan<int> order, int depth, ValueWriter writer)
    {
        if (IsLeaf(order[0], depth))
        {
            WriteLeaf(order[0], old, writer);
            return;
        }

        var isIndex = ElementOf(order, depth + 1).Kind == PathElementKind.Index;
        if (old.Tag != (isIndex ? ValueTag.List : ValueTag.Map))
        {
            throw ExpressionError.InvalidUpdatePath();
        }

        if (isIndex)
        {
            WriteList(old, order, depth + 1, writer);
        }
        else
        {
            WriteMap(old, order, depth + 1, writer);
        }
    }

    /// <summary>Writes what an action makes of an old value; the default one stands for none.</summary>
    private void WriteLeaf(int target, ValueView old, ValueWriter writer)
    {
        var start = writer.Length;
        var action = update.Actions[target];
        if (action.Verb == UpdateVerb.Set)
        {
            new UpdateOperand(update.Nodes, bindings, item).Write(action.Operand, writer);
        }
        else if (action.Verb == UpdateVerb.Delete)
        {
            SetArithmetic.WriteDifference(old, Operand(target), writer);
        }
        else if (old.Encoded.IsEmpty)
        {
            writer.WriteEncoded(Operand(target).Encoded);
        }
        else if (old.Tag == ValueTag.Number)
        {
            UpdateOperand.WriteSum(old, Operand(target), subtract: false, writer);
        }
        else
        {
            SetArithmetic.WriteUnion(old, Operand(target), writer);
        }

        // Values of a request were measured at the top of an item; here they may come to lie deeper.
        if (!IsWithinLevels(new ValueView(writer.Written[start..]), update.Targets[target].Count))
        {
            throw ExpressionError.NestingTooDeep();
        }
    }

    private static bool IsWithinLevels(ValueView value, int level)
    {
        if (level > ExpressionLimits.NestingLevelsMax)
        {
            return false;
        }

        if (value.Tag == ValueTag.List)
        {
            foreach (var element in value.Elements)
            {
                if (!IsWithinLevels(element, level + 1))
                {
                    return false;
                }
            }
        }
        else if (value.Tag == ValueTag.Map)
        {
            foreach (var member in value.Members)
            {
                if (!IsWithinLevels(member.Value, level + 1))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private ValueView Operand(int target) => new(bindings.Value(update.Nodes[update.Actions[target].Operand].First));

    private bool IsLeaf(int target, int depth) => update.Targets[target].Count == depth + 1;

    private PathElement ElementOf(ReadOnlySpan<int> order, int depth) =>
        bindings.Element(update.Targets[order[0]], depth);
}
