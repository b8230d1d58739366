using CsCheck;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Layers.Tests;

/// <summary>Sequence numbers. Source: the API reference, 21 to 40 decimal digits.</summary>
public sealed class ChangePositionTests
{
    private static readonly Gen<ChangePosition> Positions =
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Int[0, int.MaxValue], (lsn, ordinal) => new ChangePosition(lsn, ordinal));

    [Fact]
    public void A_sequence_number_reads_back_and_compares_as_text_like_its_position() =>
        Gen.Select(Positions, Positions).Sample((left, right) =>
        {
            Assert.True(ChangePosition.TryParse(left.ToString(), out var read));
            Assert.Equal(left, read);
            Assert.InRange(left.ToString().Length, 21, 40);
            Assert.Equal(
                Math.Sign(left.CompareTo(right)), Math.Sign(string.CompareOrdinal(left.ToString(), right.ToString())));
        });

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("10000000000000000001000000001")] // a digit short
    [InlineData("200000000000000000010000000001")]
    [InlineData("1-0000000000000000010000000001")]
    public void What_is_no_sequence_number_of_ours_is_not_read(string text) =>
        Assert.False(ChangePosition.TryParse(text, out _));
}
