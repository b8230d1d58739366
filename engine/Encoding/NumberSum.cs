namespace Storage.Engine.Encoding;

/// <summary>Exact addition and subtraction of encoded numbers, pair by pair.</summary>
internal static class NumberSum
{
    /// <summary>Pairs from the first of the largest number to the last of the smallest: any two numbers fit one row.</summary>
    private const int PairsMax = NumberCodec.HundredsMax - NumberCodec.HundredsMin + NumberCodec.EncodedBytesMax;

    /// <inheritdoc cref="NumberCodec.TryAdd"/>
    internal static NumberResult TryAdd(
        ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, bool subtract, Span<byte> destination, out int written)
    {
        var leftPairs = NumberCodec.Pairs(left, out var leftMask, out var leftHundreds);
        var rightPairs = NumberCodec.Pairs(right, out var rightMask, out var rightHundreds);
        if (rightPairs.IsEmpty)
        {
            written = Copy(left[..(leftPairs.Length + 2)], false, destination);
            return NumberResult.Valid;
        }

        if (leftPairs.IsEmpty)
        {
            written = Copy(right[..(rightPairs.Length + 2)], subtract, destination);
            return NumberResult.Valid;
        }

        written = 0;
        var high = Math.Max(leftHundreds, rightHundreds);
        var low = Math.Min(leftHundreds - leftPairs.Length, rightHundreds - rightPairs.Length);
        // 1. Both into one row of pairs, the first kept free for a carry.
        Span<int> row = stackalloc int[PairsMax + 1];
        row = row[..(high - low + 1)];
        row.Clear();
        Accumulate(row[(1 + high - leftHundreds)..], leftPairs, leftMask, leftMask != 0);
        Accumulate(row[(1 + high - rightHundreds)..], rightPairs, rightMask, rightMask != 0 != subtract);

        // 2. The sign is that of the first pair that is not zero: what follows is smaller than one of its units.
        var first = row.IndexOfAnyExcept(0);
        if (first < 0)
        {
            written = NumberCodec.EncodeZero(destination);
            return NumberResult.Valid;
        }

        var negative = row[first] < 0;
        Carry(row, negative ? -1 : 1);

        // 3. Trim, judge, write.
        first = row.IndexOfAnyExcept(0);
        var hundreds = high + 1 - first;
        var pairs = row[first..(row.LastIndexOfAnyExcept(0) + 1)];
        if (hundreds > NumberCodec.HundredsMax)
        {
            return NumberResult.Overflow;
        }

        if (hundreds < NumberCodec.HundredsMin)
        {
            return NumberResult.Underflow;
        }

        var digits = (2 * pairs.Length) - (pairs[0] < 10 ? 1 : 0) - (pairs[^1] % 10 == 0 ? 1 : 0);
        if (digits > NumberCodec.DigitsMax)
        {
            return NumberResult.TooPrecise;
        }

        written = NumberCodec.EncodePairs(negative, hundreds, pairs, destination);
        return NumberResult.Valid;
    }

    private static void Accumulate(Span<int> row, ReadOnlySpan<byte> pairs, int mask, bool negative)
    {
        for (var i = 0; i < pairs.Length; i++)
        {
            var pair = NumberCodec.PairOf(pairs[i], mask);
            row[i] += negative ? -pair : pair;
        }
    }

    /// <summary>Brings every pair, each within -198 to 198, times the sign of the whole, into 0 to 99.</summary>
    private static void Carry(Span<int> row, int sign)
    {
        var carry = 0;
        for (var i = row.Length - 1; i >= 0; i--)
        {
            var pair = (row[i] * sign) + carry;
            carry = pair < 0 ? -1 : pair >= 100 ? 1 : 0;
            row[i] = pair - (carry * 100);
        }
    }

    private static int Copy(ReadOnlySpan<byte> encoded, bool negate, Span<byte> destination)
    {
        var mask = negate && encoded.Length > 2 ? 0xFF : 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            destination[i] = (byte)(encoded[i] ^ mask);
        }

        return encoded.Length;
    }
}
