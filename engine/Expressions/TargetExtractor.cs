using Storage.Engine.Encoding;

namespace Storage.Engine.Expressions;

/// <summary>
/// Writes a Map of only the target paths of a projection or update: structure is kept, elements of lists move
/// together in their order, parents of which nothing is found are left out. One walk over the item beside the ordered
/// targets.
/// </summary>
internal static class TargetExtractor
{
    /// <summary>Without bindings, or from an absent item, an empty Map.</summary>
    internal static void Write(Bindings? targets, ReadOnlySpan<byte> item, ValueWriter writer)
    {
        if (targets is not { } bindings || item.IsEmpty)
        {
            writer.End(writer.Begin(ValueTag.Map));
            return;
        }

        WriteMap(bindings, new ValueView(item), bindings.Order, 0, writer);
    }

    /// <summary>The number of leading targets that agree with the first one at <paramref name="depth"/>.</summary>
    internal static int GroupLength(Bindings bindings, ReadOnlySpan<int> order, int depth)
    {
        var targets = bindings.Expression.Targets;
        var first = bindings.Element(targets[order[0]], depth);
        var length = 1;
        while (length < order.Length
            && bindings.Compare(first, bindings.Element(targets[order[length]], depth)) == 0)
        {
            length++;
        }

        return length;
    }

    private static void WriteMap(
        Bindings bindings, ValueView map, ReadOnlySpan<int> order, int depth, ValueWriter writer)
    {
        var mark = writer.Begin(ValueTag.Map);
        foreach (var member in map.Members)
        {
            var byName = -1;
            while (!order.IsEmpty
                && (byName = bindings.Name(ElementOf(bindings, order, depth)).SequenceCompareTo(member.Name)) < 0)
            {
                order = order[GroupLength(bindings, order, depth)..];
            }

            if (order.IsEmpty)
            {
                break;
            }

            if (byName == 0)
            {
                var length = GroupLength(bindings, order, depth);
                if (Holds(bindings, member.Value, order[..length], depth + 1))
                {
                    writer.BeginMember(member.Name);
                    WriteValue(bindings, member.Value, order[..length], depth + 1, writer);
                }

                order = order[length..];
            }
        }

        writer.End(mark);
    }

    private static void WriteList(
        Bindings bindings, ValueView list, ReadOnlySpan<int> order, int depth, ValueWriter writer)
    {
        var mark = writer.Begin(ValueTag.List);
        var index = 0;
        foreach (var element in list.Elements)
        {
            if (order.IsEmpty)
            {
                break;
            }

            if (ElementOf(bindings, order, depth).Value == index)
            {
                var length = GroupLength(bindings, order, depth);
                if (Holds(bindings, element, order[..length], depth + 1))
                {
                    writer.BeginElement();
                    WriteValue(bindings, element, order[..length], depth + 1, writer);
                }

                order = order[length..];
            }

            index++;
        }

        writer.End(mark);
    }

    private static void WriteValue(
        Bindings bindings, ValueView value, ReadOnlySpan<int> order, int depth, ValueWriter writer)
    {
        if (bindings.Expression.Targets[order[0]].Count == depth)
        {
            writer.WriteEncoded(value.Encoded);
        }
        else if (value.Tag == ValueTag.Map)
        {
            WriteMap(bindings, value, order, depth, writer);
        }
        else
        {
            WriteList(bindings, value, order, depth, writer);
        }
    }

    /// <summary>True when one of the targets, from <paramref name="depth"/> on, leads to something.</summary>
    private static bool Holds(Bindings bindings, ValueView value, ReadOnlySpan<int> order, int depth)
    {
        foreach (var target in order)
        {
            if (bindings.TryResolve(bindings.Expression.Targets[target], value.Encoded, out _, depth))
            {
                return true;
            }
        }

        return false;
    }

    private static PathElement ElementOf(Bindings bindings, ReadOnlySpan<int> order, int depth) =>
        bindings.Element(bindings.Expression.Targets[order[0]], depth);
}
