namespace Storage.Engine.Tables;

/// <summary>How DynamoDB words an item's attribute that an index key cannot hold. Source: observed answers of DynamoDB.</summary>
internal static class IndexKeyFaultText
{
    internal static string Of(in KeyFault fault, SecondaryIndex index) => fault.Kind switch
    {
        KeyFaultKind.WrongType =>
            $"One or more parameter values were invalid: Type mismatch for Index Key {fault.Attribute!.Name} "
            + $"Expected: {fault.Attribute.Type} Actual: {fault.Actual} IndexName: {index.Definition.Name}",
        KeyFaultKind.Empty =>
            "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
            + $"The AttributeValue for a key attribute cannot contain an empty {(fault.Actual == Model.AttributeType.B ? "binary" : "string")} value. "
            + $"IndexName: {index.Definition.Name}, IndexKey: {fault.Attribute!.Name}",
        _ => ItemKeyFaultText.OfTooLong(fault),
    };
}
