using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>AWS's names of the data types, read from UTF-8 without a string.</summary>
internal static class AttributeTypeName
{
    internal const int BytesMax = 4;

    /// <summary>False for a data type that does not exist.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> name, out AttributeType type)
    {
        AttributeType? found = name.Length switch
        {
            1 => name[0] switch
            {
                (byte)'S' => AttributeType.S,
                (byte)'N' => AttributeType.N,
                (byte)'B' => AttributeType.B,
                (byte)'M' => AttributeType.M,
                (byte)'L' => AttributeType.L,
                _ => null,
            },
            2 when name[1] == 'S' => name[0] switch
            {
                (byte)'S' => AttributeType.SS,
                (byte)'N' => AttributeType.NS,
                (byte)'B' => AttributeType.BS,
                _ => null,
            },
            4 when name.SequenceEqual("BOOL"u8) => AttributeType.BOOL,
            4 when name.SequenceEqual("NULL"u8) => AttributeType.NULL,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found.HasValue;
    }
}
