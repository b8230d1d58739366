using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>What can be wrong with the keys of items that come in, in DynamoDB's words.</summary>
internal static class ItemKeys
{
    /// <summary>Source: captured from DynamoDB.</summary>
    private const string NotTheSchema = "The provided key element does not match the schema";

    /// <summary>Why a Key is none of the table's; null when it is one. <paramref name="fault"/> comes from building it.</summary>
    internal static string? FaultOfKey(Table table, in KeyFault fault, ReadOnlySpan<byte> key) =>
        !fault.IsNone ? ItemKeyFaultText.OfKey(fault)
        : new ValueView(key).Count != table.Key.Count ? NotTheSchema
        : null;

    /// <summary>Why an item cannot be in the table; null when it can. <paramref name="fault"/> comes from building its key.</summary>
    internal static string? FaultOfItem(Table table, in KeyFault fault, ReadOnlySpan<byte> item)
    {
        if (!fault.IsNone)
        {
            return ItemKeyFaultText.OfItem(fault);
        }

        if (table.Indexes.Length == 0)
        {
            return null;
        }

        var indexFault = table.FindIndexKeyFault(new ValueView(item), out var index);
        return indexFault.IsNone ? null : IndexKeyFaultText.Of(indexFault, index!);
    }

    internal static void ThrowIfAny(string? fault)
    {
        if (fault is not null)
        {
            throw DynamoDbException.Validation(fault);
        }
    }

    /// <summary>An item to put is too large whatever its table is. Source: captured from DynamoDB.</summary>
    internal static void ThrowIfTooLarge(ReadOnlySpan<byte> item)
    {
        // No encoding is eight times shorter than the size DynamoDB counts; most items need not be measured.
        if (item.Length > Limits.ItemSizeBytesMax / 8 && new ValueView(item).ItemSizeBytes > Limits.ItemSizeBytesMax)
        {
            throw DynamoDbException.Validation("Item size has exceeded the maximum allowed size");
        }
    }
}
