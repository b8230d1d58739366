using Storage.Server.Lambda.Environments;
using Xunit;

namespace Storage.Layers.Tests.Environments;

/// <summary>What functions print is kept within limits, whatever they print.</summary>
public sealed class OutputLinesTests
{
    [Fact]
    public void Empty_lines_without_end_are_left_out_like_long_ones()
    {
        var lines = new OutputLines(TimeProvider.System);
        for (var i = 0; i < 5; i++)
        {
            lines.Append(Enumerable.Repeat((byte)'\n', 1_000_000).ToArray());
        }

        var taken = lines.Take();
        Assert.InRange(taken.Count, 100_000, 200_000);
        Assert.Equal($"[{5_000_000 - (taken.Count - 1)} bytes of output left out]\n", taken[^1].Message);
        Assert.Empty(lines.Take());
    }
}
