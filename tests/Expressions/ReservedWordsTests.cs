using Storage.Engine.Expressions;
using Xunit;

namespace Storage.Tests.Expressions;

public sealed class ReservedWordsTests
{
    /// <summary>573 words, counted in the Developer Guide.</summary>
    [Fact]
    public void There_are_573_reserved_words() => Assert.Equal(573, ReservedWords.Count);

    [Theory]
    [InlineData("size", true)]
    [InlineData("Size", true)]
    [InlineData("ABORT", true)]
    [InlineData("zone", true)]
    [InlineData("sizes", false)]
    [InlineData("pk", false)]
    public void They_are_reserved_in_any_case(string word, bool reserved) =>
        Assert.Equal(reserved, ReservedWords.Contains(word));
}
