namespace Storage.Engine.Encoding;

/// <summary>
/// DynamoDB's sizes of encoded values, in one walk over the bytes: every write needs one. Damaged bytes end in an
/// exception as in <see cref="ValueView"/>.
/// </summary>
internal static class ValueSize
{
    /// <inheritdoc cref="ValueView.SizeBytes"/>
    internal static int Of(ReadOnlySpan<byte> value)
    {
        var offset = 0;
        return Next(value, ref offset, 0);
    }

    /// <inheritdoc cref="ValueView.ItemSizeBytes"/>
    internal static int OfItem(ReadOnlySpan<byte> map) => OfContent(map[ValueView.ContainerHeaderBytes..], true, 0);

    /// <summary>Size of the value at the offset, which moves behind it.</summary>
    private static int Next(ReadOnlySpan<byte> bytes, ref int offset, int level)
    {
        var start = offset;
        var tag = (ValueTag)bytes[offset++];
        switch (tag)
        {
            case ValueTag.Null or ValueTag.False or ValueTag.True:
                return 1;
            case ValueTag.String or ValueTag.Binary:
                return Skip(bytes, ref offset).Length;
            case ValueTag.Number:
                return NumberCodec.SizeBytes(Skip(bytes, ref offset));
            default:
                var container = bytes[start..];
                container = container[..ValueView.LengthOf(container)];
                offset = start + container.Length;
                var content = OfContent(container[ValueView.ContainerHeaderBytes..], tag == ValueTag.Map, level);
                return tag.IsSet() ? content : 3 + ValueView.ReadU24(container[4..]) + content;
        }
    }

    private static int OfContent(ReadOnlySpan<byte> content, bool named, int level)
    {
        ValueView.RequireLevel(level);
        var size = 0;
        var offset = 0;
        while (offset < content.Length)
        {
            if (named)
            {
                size += Skip(content, ref offset).Length;
            }

            size += Next(content, ref offset, level + 1);
        }

        return size;
    }

    private static ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> bytes, scoped ref int offset)
    {
        var length = VarInt.Read(bytes, ref offset);
        var skipped = bytes.Slice(offset, length);
        offset += length;
        return skipped;
    }
}
