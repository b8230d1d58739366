using Storage.Engine.Model;

namespace Storage.Engine.Tables;

/// <summary>How DynamoDB words an item that has no usable primary key. Source: observed answers of DynamoDB.</summary>
internal static class ItemKeyFaultText
{
    /// <summary>The key of an item to put.</summary>
    internal static string OfItem(in KeyFault fault) => fault.Kind switch
    {
        KeyFaultKind.Missing =>
            $"One or more parameter values were invalid: Missing the key {fault.Attribute!.Name} in the item",
        KeyFaultKind.WrongType =>
            $"One or more parameter values were invalid: Type mismatch for key {fault.Attribute!.Name} "
            + $"expected: {fault.Attribute.Type} actual: {fault.Actual}",
        _ => OfContent(fault),
    };

    /// <summary>The key given to get, update or delete an item.</summary>
    internal static string OfKey(in KeyFault fault) => fault.Kind is KeyFaultKind.Missing or KeyFaultKind.WrongType
        ? "The provided key element does not match the schema"
        : OfContent(fault);

    /// <summary>A key attribute, of the table or of an index, with more bytes than a key may have.</summary>
    internal static string OfTooLong(in KeyFault fault) => fault.IsSort
        ? "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
        : "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes";

    private static string OfContent(in KeyFault fault) => fault.Kind switch
    {
        KeyFaultKind.Empty =>
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
            + $"{(fault.Actual == AttributeType.B ? "binary" : "string")} value. Key: {fault.Attribute!.Name}",
        _ => OfTooLong(fault),
    };
}
