namespace Storage.Engine.Encoding;

/// <summary>
/// Numbers of up to 38 significant digits, 1E-130 to 9.99...E+125, as order-preserving bytes: comparing two encodings
/// byte by byte compares the numbers, and each number has exactly one encoding. Self-delimiting.
/// <para>A number is 0.P1 P2 P3... x 100^E with pairs P of two decimal digits, P1 not 00, no trailing pair 00, and E
/// from -64 to 63. Positive: header 0x80 + (E + 64), each pair as P + 1, terminator 0x00. Zero: 0x80 0x00. Negative:
/// every byte of the positive number complemented, so the terminator is 0xFF and no pair byte ever equals it.</para>
/// </summary>
internal static class NumberCodec
{
    /// <summary>Longest encoding: header, 20 pairs (38 digits that begin in the middle of a pair), terminator.</summary>
    internal const int EncodedBytesMax = 22;

    /// <summary>Longest canonical text: a sign, "0.", 128 zeros and 20 pairs fit with room.</summary>
    internal const int TextBytesMax = 176;

    /// <summary>Significant digits. Source: Developer Guide, Naming rules and data types, Number.</summary>
    internal const int DigitsMax = 38;

    /// <summary>Power of ten of the first digit of the largest numbers.</summary>
    internal const int ExponentMax = 125;

    /// <summary>Power of ten of the first digit of the smallest numbers.</summary>
    internal const int ExponentMin = -130;

    internal const int HundredsMax = 63;
    internal const int HundredsMin = -64;

    private const byte PositiveHeader = 0x80;

    private static ReadOnlySpan<byte> DigitPairs =>
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"u8
            + "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"u8;

    /// <summary>
    /// Reads a number's text (UTF-8) into its encoding: an optional sign, digits with at most one point among them, an
    /// optional exponent. White space is no part of a number. Costs time linear in the text, whatever it holds.
    /// </summary>
    internal static NumberResult TryEncode(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        written = 0;
        if (!NumberText.TryRead(text, out var number))
        {
            return NumberResult.Malformed;
        }

        if (number.IsZero)
        {
            return EncodeZero(number.Exponent, destination, out written);
        }

        var exponent = number.FirstDigitExponent;
        if (exponent > ExponentMax)
        {
            return NumberResult.Overflow;
        }

        if (exponent < ExponentMin)
        {
            return NumberResult.Underflow;
        }

        if (number.SignificantDigits > DigitsMax)
        {
            return NumberResult.TooPrecise;
        }

        var integerDigits = (int)exponent + 1;
        written = EncodeDigits(text, number, integerDigits, destination);
        return NumberResult.Valid;
    }

    /// <summary>
    /// Writes the canonical text: expanded decimal without exponent, leading or trailing zeros. Needs up to
    /// <see cref="TextBytesMax"/> bytes.
    /// </summary>
    /// <exception cref="InvalidDataException">The bytes are no number.</exception>
    internal static int Format(ReadOnlySpan<byte> encoded, Span<byte> destination)
    {
        var pairs = Pairs(encoded, out var mask, out var hundreds);
        if (pairs.IsEmpty)
        {
            destination[0] = (byte)'0';
            return 1;
        }

        var digits = DigitPairs;
        var used = 0;
        if (mask != 0)
        {
            destination[used++] = (byte)'-';
        }

        if (hundreds <= 0)
        {
            "0."u8.CopyTo(destination[used..]);
            used += 2;
            destination.Slice(used, -2 * hundreds).Fill((byte)'0');
            used -= 2 * hundreds;
        }

        for (var i = 0; i < pairs.Length; i++)
        {
            if (i == hundreds && i > 0)
            {
                destination[used++] = (byte)'.';
            }

            var pair = PairOf(pairs[i], mask);
            var tens = digits[pair * 2];
            if (i > 0 || hundreds <= 0 || tens != '0')
            {
                destination[used++] = tens;
            }

            destination[used++] = digits[(pair * 2) + 1];
        }

        if (pairs.Length <= hundreds)
        {
            var zeros = 2 * (hundreds - pairs.Length);
            destination.Slice(used, zeros).Fill((byte)'0');
            return used + zeros;
        }

        return destination[used - 1] == '0' ? used - 1 : used;
    }

    /// <summary>
    /// DynamoDB's size of a number: 1 + ceil(integer digits / 2) + ceil(fraction digits / 2) + 1 if negative, after
    /// trimming zeros at both ends. Source: captured from DynamoDB (3.14159 costs 5, 123456 costs 4, 1E125 costs 2).
    /// </summary>
    internal static int SizeBytes(ReadOnlySpan<byte> encoded)
    {
        var pairs = Pairs(encoded, out var mask, out var hundreds);
        if (pairs.IsEmpty)
        {
            return 1;
        }

        var leadingZeros = PairOf(pairs[0], mask) < 10 ? 1 : 0;
        var trailingZeros = PairOf(pairs[^1], mask) % 10 == 0 ? 1 : 0;
        var digits = (2 * pairs.Length) - leadingZeros - trailingZeros;
        var integerDigits = Math.Clamp((2 * hundreds) - leadingZeros, 0, digits);
        return 1 + ((integerDigits + 1) / 2) + ((digits - integerDigits + 1) / 2) + (mask & 1);
    }

    /// <summary>Length of the encoding that <paramref name="bytes"/> starts with.</summary>
    /// <exception cref="InvalidDataException">They start with no number.</exception>
    internal static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var content = bytes[1..Math.Min(bytes.Length, EncodedBytesMax)];
        var terminator = content.IndexOf(bytes[0] >= PositiveHeader ? (byte)0x00 : (byte)0xFF);
        return terminator < 0 ? throw new InvalidDataException("A number has no end.") : terminator + 2;
    }

    /// <summary>
    /// Sum, or difference when <paramref name="subtract"/>, of two encodings: exact, or refused when it has more than
    /// 38 significant digits or leaves the range.
    /// </summary>
    internal static NumberResult TryAdd(
        ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, bool subtract, Span<byte> destination, out int written) =>
        NumberSum.TryAdd(left, right, subtract, destination, out written);

    /// <summary>
    /// The pair bytes of the number that <paramref name="encoded"/> starts with, none for zero; the mask that
    /// complements them (0xFF for a negative number, else 0), and E.
    /// </summary>
    internal static ReadOnlySpan<byte> Pairs(ReadOnlySpan<byte> encoded, out int mask, out int hundreds)
    {
        var length = LengthOf(encoded);
        mask = encoded[0] >= PositiveHeader ? 0 : 0xFF;
        hundreds = (encoded[0] ^ mask) - PositiveHeader + HundredsMin;
        return encoded[1..(length - 1)];
    }

    /// <summary>The pair, 0 to 99, that a byte stands for.</summary>
    internal static int PairOf(byte encoded, int mask)
    {
        var pair = (encoded ^ mask) - 1;
        return (uint)pair <= 99 ? pair : throw new InvalidDataException("A number holds a byte that is no pair of digits.");
    }

    /// <summary>Writes a number that has at least one pair; the first and last are not 0. Returns the bytes used.</summary>
    internal static int EncodePairs(bool negative, int hundreds, ReadOnlySpan<int> pairs, Span<byte> destination)
    {
        var mask = negative ? 0xFF : 0;
        destination[0] = Header(hundreds, mask);
        for (var i = 0; i < pairs.Length; i++)
        {
            destination[i + 1] = (byte)((pairs[i] + 1) ^ mask);
        }

        destination[pairs.Length + 1] = (byte)mask;
        return pairs.Length + 2;
    }

    internal static int EncodeZero(Span<byte> destination)
    {
        destination[1] = 0;
        destination[0] = PositiveHeader;
        return 2;
    }

    /// <summary>Zero has no magnitude; AWS judges it by the exponent it was written with (captured: 0e126 overflows).</summary>
    private static NumberResult EncodeZero(long exponent, Span<byte> destination, out int written)
    {
        written = 0;
        if (exponent > ExponentMax)
        {
            return NumberResult.Overflow;
        }

        if (exponent < ExponentMin)
        {
            return NumberResult.Underflow;
        }

        written = EncodeZero(destination);
        return NumberResult.Valid;
    }

    private static int EncodeDigits(ReadOnlySpan<byte> text, in NumberText number, int integerDigits, Span<byte> destination)
    {
        var mask = number.Negative ? 0xFF : 0;
        destination[0] = Header((integerDigits + 1) >> 1, mask);
        var used = 1;
        var at = number.FirstDigit;
        var pair = 0;
        var half = (integerDigits & 1) != 0; // the first pair has only its second digit
        for (; at <= number.LastDigit; at++)
        {
            var digit = text[at] - '0';
            if ((uint)digit > 9)
            {
                continue; // the point
            }

            if (half)
            {
                destination[used++] = (byte)(((pair * 10) + digit + 1) ^ mask);
                pair = 0;
            }
            else
            {
                pair = digit;
            }

            half = !half;
        }

        if (half)
        {
            destination[used++] = (byte)(((pair * 10) + 1) ^ mask);
        }

        destination[used++] = (byte)mask;
        return used;
    }

    private static byte Header(int hundreds, int mask) => (byte)((PositiveHeader + hundreds - HundredsMin) ^ mask);
}
