using Storage.Engine.Model;

namespace Storage.Engine.Tables;

/// <summary>Why no key could be made of an item.</summary>
internal enum KeyFaultKind
{
    None,

    /// <summary>The attribute is absent.</summary>
    Missing,

    /// <summary>The attribute has another type than the schema says.</summary>
    WrongType,

    /// <summary>An empty string or binary.</summary>
    Empty,

    /// <summary>More than 2,048 bytes (partition key) or 1,024 (sort key).</summary>
    TooLong,
}

/// <summary>A key that cannot be made, and the attribute it fails at; <see cref="Actual"/> is the type found.</summary>
internal readonly record struct KeyFault(KeyFaultKind Kind, KeyAttribute? Attribute, AttributeType Actual, bool IsSort)
{
    internal bool IsNone => Kind == KeyFaultKind.None;
}
