using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using CsCheck;
using Storage.Engine.Encoding;
using Xunit;

namespace Storage.Tests.Encoding;

public sealed class NumberCodecTests
{
    private static readonly string Nines = new('9', 38);

    // Numbers of the whole range, most of them near each other and near the edges.
    private static readonly Gen<NumberOracle> Numbers = Gen.Select(
        Gen.OneOf(
            Gen.Int[-120, 120].Select(small => new BigInteger(small)),
            Gen.Long.Select(large => new BigInteger(large)),
            Gen.Select(Gen.ULong, Gen.ULong, Gen.Bool).Select((high, low, negative) =>
                ((new BigInteger(high) << 60) + low) % BigInteger.Pow(10, 38) * (negative ? -1 : 1)),
            Gen.Int[1, 38].Select(count => BigInteger.Pow(10, count) - 1)),
        Gen.OneOf(Gen.Int[-4, 4], Gen.Int[-140, 130]),
        (integer, exponent) => new NumberOracle(integer, exponent));

    private static readonly Gen<NumberOracle> ValidNumbers =
        Numbers.Where(number => NumberOracle.Judge(number.Units).Result == NumberResult.Valid);

    [Theory]
    [InlineData("0", "80 00")]
    [InlineData("1", "C1 02 00")]
    [InlineData("10", "C1 0B 00")]
    [InlineData("100", "C2 02 00")]
    [InlineData("-1", "3E FD FF")]
    [InlineData("0.5", "C0 33 00")]
    [InlineData("123.4", "C2 02 18 29 00")]
    [InlineData("1E-130", "80 02 00")]
    [InlineData("1E125", "FF 0B 00")]
    [InlineData("-1E125", "00 F4 FF")]
    public void The_bytes_are_those_of_the_format(string text, string hex) =>
        Assert.Equal(hex, BitConverter.ToString(NumberOracle.EncodeValid(text)).Replace('-', ' '));

    /// <summary>Captured from DynamoDB: 0042.1200 -> 42.12, -0 -> 0, 1.5E2 -> 150, 1E125 -> 126 digits.</summary>
    [Theory]
    [InlineData("0042.1200", "42.12")]
    [InlineData("-0", "0")]
    [InlineData("-0.000", "0")]
    [InlineData("1.5E2", "150")]
    [InlineData("1.5e+2", "150")]
    [InlineData("+7", "7")]
    [InlineData(".5", "0.5")]
    [InlineData("-.05", "-0.05")]
    [InlineData("5.", "5")]
    [InlineData("10.0", "10")]
    [InlineData("1203.0450", "1203.045")]
    [InlineData("100e-2", "1")]
    [InlineData("0e125", "0")]
    [InlineData("0e-130", "0")]
    [InlineData("0.00000000000000000001e20", "1")]
    [InlineData("00000000000000000000000000000000000000000000001", "1")]
    public void The_text_returned_is_canonical(string text, string canonical) =>
        Assert.Equal(canonical, NumberOracle.Format(NumberOracle.EncodeValid(text)));

    [Fact]
    public void Numbers_at_the_limits_are_kept_to_the_last_digit()
    {
        Assert.Equal("1" + new string('0', 125), Canonical("1E125"));
        Assert.Equal(Nines + new string('0', 88), Canonical("9." + Nines[1..] + "E125"));
        Assert.Equal("-0." + new string('0', 129) + "1", Canonical("-1E-130"));
        var longest = "-0." + new string('0', 129) + Nines;
        Assert.Equal(longest, Canonical("-9." + Nines[1..] + "E-130"));
        Assert.True(longest.Length <= NumberCodec.TextBytesMax);
        Assert.Equal(NumberCodec.EncodedBytesMax, NumberOracle.EncodeValid("1." + Nines[1..]).Length);
        Assert.Equal(Nines, Canonical(Nines + ".000"));

        static string Canonical(string text) => NumberOracle.Format(NumberOracle.EncodeValid(text));
    }

    /// <summary>Texts of DynamoDB's refusals tell overflow, underflow, precision and malformed apart.</summary>
    [Theory]
    [InlineData("1E126", NumberResult.Overflow)]
    [InlineData("-1E126", NumberResult.Overflow)]
    [InlineData("10E125", NumberResult.Overflow)]
    [InlineData("0e126", NumberResult.Overflow)]
    [InlineData("0e-131", NumberResult.Underflow)]
    [InlineData("1E-131", NumberResult.Underflow)]
    [InlineData("0.1E-130", NumberResult.Underflow)]
    [InlineData("1e9999999999999999999999999", NumberResult.Overflow)]
    [InlineData("-1e-9999999999999999999999999", NumberResult.Underflow)]
    [InlineData("123456789012345678901234567890123456789", NumberResult.TooPrecise)]
    [InlineData("1.00000000000000000000000000000000000001", NumberResult.TooPrecise)]
    [InlineData("", NumberResult.Malformed)]
    [InlineData("abc", NumberResult.Malformed)]
    [InlineData("+", NumberResult.Malformed)]
    [InlineData("-", NumberResult.Malformed)]
    [InlineData(".", NumberResult.Malformed)]
    [InlineData("-.", NumberResult.Malformed)]
    [InlineData("e5", NumberResult.Malformed)]
    [InlineData(".e5", NumberResult.Malformed)]
    [InlineData("1e", NumberResult.Malformed)]
    [InlineData("1e+", NumberResult.Malformed)]
    [InlineData("1e5.0", NumberResult.Malformed)]
    [InlineData("1.2.3", NumberResult.Malformed)]
    [InlineData("--1", NumberResult.Malformed)]
    [InlineData(" 1", NumberResult.Malformed)]
    [InlineData("1 ", NumberResult.Malformed)]
    [InlineData("1_000", NumberResult.Malformed)]
    [InlineData("1,5", NumberResult.Malformed)]
    [InlineData("0x10", NumberResult.Malformed)]
    [InlineData("NaN", NumberResult.Malformed)]
    [InlineData("Infinity", NumberResult.Malformed)]
    [InlineData("١", NumberResult.Malformed)]
    [SuppressMessage("Usage", "xUnit1025", Justification = "No two are equal.")]
    public void What_is_no_number_is_told_apart(string text, object result)
    {
        var (found, encoded) = NumberOracle.Encode(text);
        Assert.Equal(result, found);
        Assert.Empty(encoded);
    }

    [Fact]
    public void Hostile_texts_cost_one_pass()
    {
        var zeros = new string('0', 1_000_000);
        Assert.Equal("1", NumberOracle.Format(NumberOracle.EncodeValid("0." + zeros + "1e1000001")));
        Assert.Equal("1", NumberOracle.Format(NumberOracle.EncodeValid("1" + zeros + "e-1000000")));
        Assert.Equal("0", NumberOracle.Format(NumberOracle.EncodeValid(zeros + "." + zeros)));
        Assert.Equal(NumberResult.Overflow, NumberOracle.Encode("1" + zeros).Result);
        Assert.Equal(NumberResult.Underflow, NumberOracle.Encode("0." + zeros + "1").Result);
        Assert.Equal(NumberResult.TooPrecise, NumberOracle.Encode("0." + new string('7', 1_000_000)).Result);
        Assert.Equal(NumberResult.Overflow, NumberOracle.Encode("1e" + new string('9', 1_000_000)).Result);
        Assert.Equal(NumberResult.Malformed, NumberOracle.Encode(zeros + "x").Result);
    }

    [Fact]
    public void Every_number_is_judged_as_by_arithmetic_and_comes_back_canonical() =>
        Numbers.Select(Gen.Int[0, 3], Gen.Int[-9, 9]).Sample(
            (number, zeros, shift) =>
            {
                var (result, text) = NumberOracle.Judge(number.Units);
                if (number.Integer.IsZero)
                {
                    return; // a zero is judged by its exponent
                }

                // The same number, with zeros around it and its point moved.
                var digits = BigInteger.Abs(number.Integer).ToString();
                var written = (number.Integer.Sign < 0 ? "-" : string.Empty) + new string('0', zeros) + digits
                    + (shift > 0 ? new string('0', shift) : string.Empty)
                    + (zeros > 0 ? "." + new string('0', zeros) : string.Empty)
                    + "E" + (number.Exponent - Math.Max(shift, 0));
                var (found, encoded) = NumberOracle.Encode(written);
                Assert.Equal(result, found);
                if (result == NumberResult.Valid)
                {
                    Assert.Equal(text, NumberOracle.Format(encoded));
                    Assert.Equal(encoded, NumberOracle.EncodeValid(text));
                    Assert.Equal(encoded.Length, NumberCodec.LengthOf([.. encoded, 0x00, 0xFF, 0x33]));
                }
            },
            iter: 5_000);

    [Fact]
    public void Comparing_bytes_compares_numbers() =>
        Gen.Select(ValidNumbers, ValidNumbers, Gen.Int[-1, 1]).Sample(
            (one, other, near) =>
            {
                // Close neighbours too: the same digits, the last one moved, or negated.
                Compare(one, other);
                Compare(one, new NumberOracle(one.Integer + near, one.Exponent));
                Compare(one, new NumberOracle((one.Integer * 10) + near, one.Exponent - 1));
                Compare(one, new NumberOracle(-one.Integer, one.Exponent));

                static void Compare(NumberOracle left, NumberOracle right)
                {
                    var (result, text) = NumberOracle.Judge(right.Units);
                    if (result == NumberResult.Valid)
                    {
                        var bytes = NumberOracle.EncodeValid(NumberOracle.Judge(left.Units).Text).AsSpan();
                        Assert.Equal(
                            Math.Sign(left.Units.CompareTo(right.Units)),
                            Math.Sign(bytes.SequenceCompareTo(NumberOracle.EncodeValid(text))));
                    }
                }
            },
            iter: 5_000);

    [Fact]
    public void Sums_and_differences_are_exact_or_refused() =>
        Gen.Select(ValidNumbers, ValidNumbers, Gen.Bool).Sample(
            (left, right, subtract) =>
            {
                var (result, text) = NumberOracle.Judge(subtract ? left.Units - right.Units : left.Units + right.Units);
                var (found, sum) = Add(Text(left), Text(right), subtract);
                Assert.Equal((result, text), (found, sum));

                static string Text(NumberOracle number) => NumberOracle.Judge(number.Units).Text;
            },
            iter: 10_000);

    [Theory]
    [InlineData("1", "-1", false, NumberResult.Valid, "0")]
    [InlineData("0", "5", true, NumberResult.Valid, "-5")]
    [InlineData("5", "0", true, NumberResult.Valid, "5")]
    [InlineData("0", "0", true, NumberResult.Valid, "0")]
    [InlineData("99999999999999999999999999999999999999", "1", false, NumberResult.Valid, "100000000000000000000000000000000000000")]
    [InlineData("100000000000000000000000000000000000000", "1", true, NumberResult.Valid, "99999999999999999999999999999999999999")]
    [InlineData("100000000000000000000000000000000000000", "1", false, NumberResult.TooPrecise, "")]
    [InlineData("1E125", "1E-130", false, NumberResult.TooPrecise, "")]
    [InlineData("9E125", "1E125", false, NumberResult.Overflow, "")]
    [InlineData("-9E125", "1E125", true, NumberResult.Overflow, "")]
    [InlineData("99999999999999999999999999999999E94", "9999999999999999999999999999E76", false, NumberResult.Overflow, "")]
    [InlineData("1.5E-130", "1.4E-130", true, NumberResult.Underflow, "")]
    [InlineData("0.1", "0.2", false, NumberResult.Valid, "0.3")]
    public void Sums_at_the_limits(string left, string right, bool subtract, object result, string sum) =>
        Assert.Equal(((NumberResult)result, sum), Add(left, right, subtract));

    /// <summary>Captured from DynamoDB: 3.14159 costs 5, 123456 costs 4, 1E125 costs 2.</summary>
    [Theory]
    [InlineData("3.14159", 5)]
    [InlineData("123456", 4)]
    [InlineData("1E125", 2)]
    [InlineData("1E124", 2)]
    [InlineData("0", 1)]
    [InlineData("-1", 3)]
    [InlineData("1", 2)]
    [InlineData("100", 2)]
    [InlineData("100.5", 4)]
    [InlineData("0.001", 2)]
    [InlineData("1E-130", 2)]
    [InlineData("-123.45", 5)]
    [InlineData("99999999999999999999999999999999999999", 20)]
    public void A_number_costs_half_a_byte_a_digit_on_each_side_of_the_point(string text, int bytes) =>
        Assert.Equal(bytes, NumberCodec.SizeBytes(NumberOracle.EncodeValid(text)));

    [Fact]
    public void Damaged_bytes_are_refused_and_nothing_else_happens() =>
        Gen.Byte.Array[0, 40].Sample(
            bytes =>
            {
                try
                {
                    var room = new byte[NumberCodec.TextBytesMax];
                    NumberCodec.Format(bytes, room);
                    NumberCodec.SizeBytes(bytes);
                    NumberCodec.TryAdd(bytes, NumberOracle.EncodeValid("1.5"), false, room, out _);
                }
                catch (Exception damage) when (damage is InvalidDataException or IndexOutOfRangeException or ArgumentOutOfRangeException)
                {
                    return;
                }
            },
            iter: 20_000);

    private static (NumberResult Result, string Text) Add(string left, string right, bool subtract)
    {
        var room = new byte[NumberCodec.EncodedBytesMax];
        var result = NumberCodec.TryAdd(
            NumberOracle.EncodeValid(left), NumberOracle.EncodeValid(right), subtract, room, out var written);
        if (result != NumberResult.Valid)
        {
            return (result, string.Empty);
        }

        var text = NumberOracle.Format(room.AsSpan(0, written));
        Assert.Equal(NumberOracle.EncodeValid(text), room[..written]);
        return (result, text);
    }
}
