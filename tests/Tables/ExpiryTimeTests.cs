using System.Numerics;
using CsCheck;
using Storage.Engine;
using Storage.Engine.Encoding;
using Storage.Engine.Tables;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>
/// "The item must contain the attribute specified when TTL was enabled on the table", "The TTL attribute's value must be a
/// top-level Number data type" and "a timestamp in Unix epoch time format in seconds". Developer Guide, Using time to live.
/// </summary>
public sealed class ExpiryTimeTests
{
    [Theory]
    [InlineData("1", 1L)]
    [InlineData("9", 9L)]
    [InlineData("10", 10L)]
    [InlineData("99", 99L)]
    [InlineData("100", 100L)]
    [InlineData("1.999", 1L)]
    [InlineData("1700000000", 1_700_000_000L)]
    [InlineData("1700000000.5", 1_700_000_000L)]
    [InlineData("17e8", 1_700_000_000L)]
    [InlineData("253402300799", 253_402_300_799L)]
    [InlineData("253402300799.99", 253_402_300_799L)]
    [InlineData("0", null)]
    [InlineData("0.99", null)]
    [InlineData("-1", null)]
    [InlineData("-1700000000", null)]
    [InlineData("253402300800", null)]
    [InlineData("999999999999", null)]
    [InlineData("1700000000000", null)]
    [InlineData("1E+125", null)]
    [InlineData("1E-130", null)]
    public void A_number_is_a_second_with_its_fraction_cut_off_or_no_time_at_all(string number, long? seconds) =>
        Assert.Equal(seconds, Read(AttributeValue.Number(number)));

    [Fact]
    public void Other_types_are_no_times()
    {
        Assert.Null(Read("1700000000"));
        Assert.Null(Read(true));
        Assert.Null(Read(AttributeValue.Null));
        Assert.Null(Read(AttributeValue.List(1_700_000_000)));
        Assert.False(ExpiryTime.TryRead(new ValueView(Item.Of(("P", "p")).Encoded.Span), "T"u8, out _));
    }

    /// <summary>Against whole numbers of any size, cut off from digits by text.</summary>
    [Fact]
    public void Every_number_gives_the_second_that_its_digits_say() => Gen.Select(
            Gen.OneOf(Gen.Long[0, 300_000_000_000], Gen.Long[0, 20_000]), Gen.Int[0, 9_999_999])
        .Sample((whole, fraction) =>
        {
            var expected = BigInteger.Parse($"{whole}", System.Globalization.CultureInfo.InvariantCulture);
            var inRange = expected >= 1 && expected <= 253_402_300_799;
            return Read(AttributeValue.Number($"{whole}.{fraction:D7}")) == (inRange ? (long)expected : null);
        });

    private static long? Read(AttributeValue value) =>
        ExpiryTime.TryRead(new ValueView(Item.Of(("P", "p"), ("T", value)).Encoded.Span), "T"u8, out var seconds) ? seconds : null;
}
