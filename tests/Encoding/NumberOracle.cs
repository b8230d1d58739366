using System.Numerics;
using Storage.Engine.Encoding;
using Xunit;

namespace Storage.Tests.Encoding;

/// <summary>A number as an integer times a power of ten: slow, plainly right, sharing nothing with the codec.</summary>
internal sealed record NumberOracle(BigInteger Integer, int Exponent)
{
    private const int Scale = 400;

    /// <summary>The number in units of 1E-400, so that two can be compared or added.</summary>
    internal BigInteger Units => Integer * BigInteger.Pow(10, Scale + Exponent);

    /// <summary>What the codec must say about a number of so many units of 1E-400, and its canonical text.</summary>
    internal static (NumberResult Result, string Text) Judge(BigInteger units)
    {
        if (units.IsZero)
        {
            return (NumberResult.Valid, "0");
        }

        var digits = BigInteger.Abs(units).ToString();
        var exponent = digits.Length - 1 - Scale;
        var significant = digits.TrimEnd('0').Length;
        if (exponent > 125)
        {
            return (NumberResult.Overflow, string.Empty);
        }

        if (exponent < -130)
        {
            return (NumberResult.Underflow, string.Empty);
        }

        return significant > 38 ? (NumberResult.TooPrecise, string.Empty) : (NumberResult.Valid, Text(units));
    }

    private static string Text(BigInteger units)
    {
        var digits = BigInteger.Abs(units).ToString().PadLeft(Scale + 1, '0');
        var integer = digits[..^Scale];
        var fraction = digits[^Scale..].TrimEnd('0');
        return (units.Sign < 0 ? "-" : string.Empty) + integer + (fraction.Length > 0 ? "." + fraction : string.Empty);
    }

    internal static (NumberResult Result, byte[] Encoded) Encode(string text)
    {
        var room = new byte[NumberCodec.EncodedBytesMax];
        var result = NumberCodec.TryEncode(System.Text.Encoding.UTF8.GetBytes(text), room, out var written);
        return (result, room[..written]);
    }

    internal static byte[] EncodeValid(string text)
    {
        var (result, encoded) = Encode(text);
        Assert.Equal(NumberResult.Valid, result);
        return encoded;
    }

    internal static string Format(ReadOnlySpan<byte> encoded)
    {
        Span<byte> room = stackalloc byte[NumberCodec.TextBytesMax];
        return System.Text.Encoding.UTF8.GetString(room[..NumberCodec.Format(encoded, room)]);
    }
}
