using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>Union and difference of two sets of one type; both are ordered, so one walk over both is enough.</summary>
internal static class SetArithmetic
{
    /// <exception cref="DynamoDbException">Not two sets of one type.</exception>
    internal static void WriteUnion(ValueView set, ValueView added, ValueWriter writer)
    {
        CheckTypes(set, added);
        var mark = writer.Begin(set.Tag);
        var others = added.Elements;
        var hasOther = others.MoveNext();
        foreach (var element in set.Elements)
        {
            var order = 1;
            while (hasOther && (order = others.Current.Scalar.SequenceCompareTo(element.Scalar)) < 0)
            {
                WriteElement(others.Current, writer);
                hasOther = others.MoveNext();
            }

            if (hasOther && order == 0)
            {
                hasOther = others.MoveNext();
            }

            WriteElement(element, writer);
        }

        for (; hasOther; hasOther = others.MoveNext())
        {
            WriteElement(others.Current, writer);
        }

        writer.End(mark);
    }

    /// <exception cref="DynamoDbException">Not two sets of one type.</exception>
    internal static void WriteDifference(ValueView set, ValueView removed, ValueWriter writer)
    {
        var mark = writer.Begin(set.Tag);
        _ = WalkDifference(set, removed, writer);
        writer.End(mark);
    }

    /// <summary>Whether the difference has an element.</summary>
    /// <exception cref="DynamoDbException">Not two sets of one type.</exception>
    internal static bool LeavesAny(ValueView set, ValueView removed) => WalkDifference(set, removed, null);

    /// <summary>Without a writer, stops at the first element that is left.</summary>
    private static bool WalkDifference(ValueView set, ValueView removed, ValueWriter? writer)
    {
        CheckTypes(set, removed);
        var others = removed.Elements;
        var hasOther = others.MoveNext();
        var any = false;
        foreach (var element in set.Elements)
        {
            var order = 1;
            while (hasOther && (order = others.Current.Scalar.SequenceCompareTo(element.Scalar)) < 0)
            {
                hasOther = others.MoveNext();
            }

            if (hasOther && order == 0)
            {
                continue;
            }

            any = true;
            if (writer is null)
            {
                break;
            }

            WriteElement(element, writer);
        }

        return any;
    }

    private static void CheckTypes(ValueView set, ValueView other)
    {
        if (!set.Tag.IsSet() || set.Tag != other.Tag)
        {
            throw ExpressionError.IncorrectDataType();
        }
    }

    private static void WriteElement(ValueView element, ValueWriter writer)
    {
        writer.BeginElement();
        writer.WriteEncoded(element.Encoded);
    }
}
