namespace Storage.Engine.Encoding;

/// <summary>What reading a number's text found.</summary>
internal enum NumberResult
{
    Valid,

    /// <summary>Not a number at all.</summary>
    Malformed,

    /// <summary>Magnitude above 9.99...E+125.</summary>
    Overflow,

    /// <summary>Magnitude below 1E-130 and not zero.</summary>
    Underflow,

    /// <summary>More than 38 significant digits.</summary>
    TooPrecise,
}

/// <summary>
/// Numbers of up to 38 significant digits, 1E-130 to 9.99...E+125, as order-preserving bytes: comparing two encodings
/// byte by byte compares the numbers, and each number has exactly one encoding. Self-delimiting.
/// </summary>
internal static class NumberCodec
{
    /// <summary>Longest encoding.</summary>
    internal const int EncodedBytesMax = 22;

    /// <summary>Longest canonical text: a sign, "0.", 129 zeros, 38 digits fit with room.</summary>
    internal const int TextBytesMax = 176;

    /// <summary>Reads a number's text (UTF-8) into its encoding.</summary>
    internal static NumberResult TryEncode(ReadOnlySpan<byte> text, Span<byte> destination, out int written) => throw new NotImplementedException();

    /// <summary>Writes the canonical text: expanded decimal without exponent, leading or trailing zeros.</summary>
    internal static int Format(ReadOnlySpan<byte> encoded, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>DynamoDB's size of a number: 1 + ceil(integer digits / 2) + ceil(fraction digits / 2) + 1 if negative, after trimming zeros.</summary>
    internal static int SizeBytes(ReadOnlySpan<byte> encoded) => throw new NotImplementedException();

    /// <summary>Length of the encoding that <paramref name="bytes"/> starts with.</summary>
    internal static int LengthOf(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>Sum, or difference when <paramref name="subtract"/>, of two encodings, in 38 digits.</summary>
    internal static NumberResult TryAdd(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, bool subtract, Span<byte> destination, out int written) => throw new NotImplementedException();
}
