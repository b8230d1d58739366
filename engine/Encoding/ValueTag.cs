using Storage.Engine.Model;

namespace Storage.Engine.Encoding;

/// <summary>
/// First byte of every encoded value.
/// <para>Invariants of the encoding, which make two equal values equal byte for byte: numbers are in their one
/// canonical form (<see cref="NumberCodec"/>), members of a map are ordered by the bytes of their names, elements of
/// a set are ordered by their content, and neither repeats. Byte layout: docs/FILE_FORMATS.md, Values.</para>
/// </summary>
internal enum ValueTag : byte
{
    /// <summary>Tag only.</summary>
    Null = 1,

    /// <summary>Tag only.</summary>
    False = 2,

    /// <summary>Tag only.</summary>
    True = 3,

    /// <summary>Tag, varint length, number bytes.</summary>
    Number = 4,

    /// <summary>Tag, varint length, UTF-8.</summary>
    String = 5,

    /// <summary>Tag, varint length, bytes.</summary>
    Binary = 6,

    /// <summary>Container (tag, u24 content length, u24 count) of Number values.</summary>
    NumberSet = 7,

    /// <summary>Container of String values.</summary>
    StringSet = 8,

    /// <summary>Container of Binary values.</summary>
    BinarySet = 9,

    /// <summary>Container of values.</summary>
    List = 10,

    /// <summary>Container of members: varint name length, name UTF-8, value. An item is a Map.</summary>
    Map = 11,
}

/// <summary>Tags and AWS's type names.</summary>
internal static class ValueTagExtensions
{
    internal static AttributeType ToType(this ValueTag tag) => tag switch
    {
        ValueTag.Null => AttributeType.NULL,
        ValueTag.False or ValueTag.True => AttributeType.BOOL,
        ValueTag.Number => AttributeType.N,
        ValueTag.String => AttributeType.S,
        ValueTag.Binary => AttributeType.B,
        ValueTag.NumberSet => AttributeType.NS,
        ValueTag.StringSet => AttributeType.SS,
        ValueTag.BinarySet => AttributeType.BS,
        ValueTag.List => AttributeType.L,
        ValueTag.Map => AttributeType.M,
        _ => throw new InvalidDataException($"Value tag {(byte)tag} does not exist."),
    };

    internal static bool IsContainer(this ValueTag tag) => tag >= ValueTag.NumberSet;

    internal static bool IsSet(this ValueTag tag) => tag is ValueTag.NumberSet or ValueTag.StringSet or ValueTag.BinarySet;
}
