namespace Storage.Engine.Encoding;

/// <summary>Unsigned integers of up to 31 bits, seven bits a byte, least significant first.</summary>
internal static class VarInt
{
    internal const int BytesMax = 5;

    internal static int SizeBytes(int value) => value switch
    {
        < 1 << 7 => 1,
        < 1 << 14 => 2,
        < 1 << 21 => 3,
        < 1 << 28 => 4,
        _ => 5,
    };

    /// <summary>Writes and returns the number of bytes used.</summary>
    internal static int Write(Span<byte> destination, int value)
    {
        var rest = (uint)value;
        var used = 0;
        while (rest >= 0x80)
        {
            destination[used++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        destination[used++] = (byte)rest;
        return used;
    }

    /// <summary>Reads and moves <paramref name="offset"/> behind what was read.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such integer.</exception>
    internal static int Read(ReadOnlySpan<byte> source, scoped ref int offset)
    {
        var first = source[offset];
        if (first < 0x80)
        {
            offset++;
            return first;
        }

        return ReadLonger(source, ref offset);
    }

    private static int ReadLonger(ReadOnlySpan<byte> source, scoped ref int offset)
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = source[offset++];
            if (shift == 28 && next > 0x07)
            {
                break;
            }

            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return (int)value;
            }
        }

        throw new InvalidDataException("A length is longer than 31 bits.");
    }
}
