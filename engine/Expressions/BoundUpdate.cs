using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>An update with one request's placeholders; valid until those are cleared.</summary>
internal readonly struct BoundUpdate(UpdateExpression expression, Bindings bindings)
{
    /// <summary>False for the default one: an UpdateItem without an expression, which changes nothing.</summary>
    internal bool IsPresent => expression is not null;

    /// <summary>
    /// Writes the whole new item. All operands read the old one.
    /// </summary>
    /// <param name="oldItem">The encoded item, or empty when there is none.</param>
    /// <param name="keyItem">A Map of the key attributes, from which an absent item begins.</param>
    /// <param name="newItem">Receives one Map; must not be what holds the old item.</param>
    /// <exception cref="DynamoDbException">
    /// The data does not fit the update: a missing operand or parent, a wrong type, a number or a nesting beyond the
    /// limits. The writer then holds a part of an item.
    /// </exception>
    internal void Apply(ReadOnlySpan<byte> oldItem, ReadOnlySpan<byte> keyItem, ValueWriter newItem)
    {
        if (expression is null)
        {
            newItem.WriteEncoded(oldItem.IsEmpty ? keyItem : oldItem);
            return;
        }

        new UpdateEvaluator(expression, bindings, oldItem.IsEmpty ? keyItem : oldItem).Write(newItem);
    }

    /// <summary>
    /// Writes a Map of only the touched paths as they are in <paramref name="item"/>: the old one for UPDATED_OLD, the
    /// new one for UPDATED_NEW. Empty when none of them is there.
    /// </summary>
    internal void WriteTouched(ReadOnlySpan<byte> item, ValueWriter touched) =>
        TargetExtractor.Write(expression is null ? null : bindings, item, touched);

    /// <summary>To be called for each key attribute of the table.</summary>
    /// <exception cref="DynamoDbException">A target begins with this attribute.</exception>
    internal void ThrowIfUpdatesKey(ReadOnlySpan<byte> keyAttributeName)
    {
        if (expression is null)
        {
            return;
        }

        foreach (var target in expression.Targets)
        {
            if (bindings.TopLevelName(target).SequenceEqual(keyAttributeName))
            {
                throw ExpressionError.CannotUpdateKey(keyAttributeName);
            }
        }
    }
}
