namespace Storage.Engine.Encoding;

/// <summary>
/// Where a number's text has its parts, found in one pass. The text stays where it lies: digits are read from it
/// between <see cref="FirstDigit"/> and <see cref="LastDigit"/>.
/// </summary>
internal readonly struct NumberText
{
    // Beyond any text that fits in memory, so a clamped exponent stays out of range whatever digits it moves.
    private const long ExponentBound = 1L << 40;

    private NumberText(bool negative, int firstDigit, int lastDigit, int point, long exponent)
    {
        Negative = negative;
        FirstDigit = firstDigit;
        LastDigit = lastDigit;
        Point = point;
        Exponent = exponent;
    }

    internal bool Negative { get; }

    /// <summary>Position of the first digit that is not 0, or -1.</summary>
    internal int FirstDigit { get; }

    /// <summary>Position of the last digit that is not 0, or -1.</summary>
    internal int LastDigit { get; }

    /// <summary>Position of the point, or of what follows the digits.</summary>
    internal int Point { get; }

    /// <summary>The exponent as written, 0 without one.</summary>
    internal long Exponent { get; }

    internal bool IsZero => FirstDigit < 0;

    /// <summary>Power of ten of the first significant digit.</summary>
    internal long FirstDigitExponent => Point - FirstDigit - (FirstDigit < Point ? 1 : 0) + Exponent;

    internal int SignificantDigits => LastDigit - FirstDigit + (FirstDigit < Point && Point < LastDigit ? 0 : 1);

    /// <summary>False when the text is no number.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> text, out NumberText number)
    {
        number = default;
        var at = 0;
        var negative = false;
        if (!text.IsEmpty && text[0] is (byte)'-' or (byte)'+')
        {
            negative = text[0] == '-';
            at = 1;
        }

        var start = at;
        int first = -1, last = -1, point = -1;
        for (; at < text.Length; at++)
        {
            var character = text[at];
            if ((uint)(character - '1') <= 8)
            {
                last = at;
                if (first < 0)
                {
                    first = at;
                }
            }
            else if (character != '0')
            {
                if (character != '.' || point >= 0)
                {
                    break;
                }

                point = at;
            }
        }

        var digits = at - start - (point < 0 ? 0 : 1);
        if (digits == 0)
        {
            return false;
        }

        long exponent = 0;
        if (at < text.Length && !TryReadExponent(text[at..], out exponent))
        {
            return false;
        }

        number = new NumberText(negative, first, last, point < 0 ? at : point, exponent);
        return true;
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> text, out long exponent)
    {
        exponent = 0;
        if ((text[0] | 0x20) != 'e')
        {
            return false;
        }

        var at = 1;
        var negative = false;
        if (text.Length > 1 && text[1] is (byte)'-' or (byte)'+')
        {
            negative = text[1] == '-';
            at = 2;
        }

        if (at == text.Length)
        {
            return false;
        }

        for (; at < text.Length; at++)
        {
            var digit = text[at] - '0';
            if ((uint)digit > 9)
            {
                return false;
            }

            exponent = Math.Min((exponent * 10) + digit, ExponentBound);
        }

        exponent = negative ? -exponent : exponent;
        return true;
    }
}
