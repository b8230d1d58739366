using Storage.Engine.Partitions;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>"Immutable sorted file": what a writer takes and leaves. The design, Nouns.</summary>
public sealed class RunWriterTests
{
    [Theory]
    [InlineData("00000001.run", true, 1)]
    [InlineData("00000123.history", true, 123)]
    [InlineData("123456789.run", true, 123456789)]
    [InlineData("1.run", false, 0)]
    [InlineData("000000001.run", false, 0)]
    [InlineData("0000000x.run", false, 0)]
    [InlineData("-0000001.run", false, 0)]
    [InlineData("00000001.log", false, 0)]
    [InlineData("00000001.run.new", false, 0)]
    public void A_number_has_one_name(string name, bool isName, long expected)
    {
        Assert.Equal(isName, RunWriter.TryParseName(name, out var kind, out var number));
        if (isName)
        {
            Assert.Equal(expected, number);
            Assert.Equal(name, RunWriter.NameOf(kind, number));
        }
    }

    [Fact]
    public void Keys_must_ascend_and_fit_16_bits_of_length()
    {
        using var writer = new RunWriter(new MemoryFiles(), RunKind.State, RunFixture.Store, 1, 0, 1, 1);
        writer.Add([1, 2], [1]);
        Assert.Throws<ArgumentException>(() => writer.Add([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => writer.Add([1], [1]));
        writer.Add([1, 2, 0], [1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Add([2, .. new byte[65_535]], [1]));
        writer.Add([2, .. new byte[65_534]], [1]);
        Assert.Equal(3, writer.EntryCount);
    }

    [Fact]
    public void Writes_are_large_and_the_file_is_synced_once()
    {
        var files = new MemoryFiles();
        using var writer = new RunWriter(files, RunKind.State, RunFixture.Store, 1, 0, 1, 1);
        for (var i = 0; i < 20_000; i++)
        {
            writer.Add([0, 0, 0, 16, .. Big(i), 0, 0, 0, 0], new byte[200]);
        }

        var info = writer.Finish(0);
        Assert.Equal(files["00000001.run"].Bytes.Length, info.LengthBytes);
        Assert.InRange(files.Count(FileOperation.Write), 1, (info.LengthBytes / (256 * 1024)) + 1);
        Assert.Equal(1, files.Count(FileOperation.Sync));
    }

    [Fact]
    public void What_an_attempt_left_under_the_number_is_not_in_the_file()
    {
        using var fixture = new RunFixture();
        fixture.Files.Open("00000001.run", create: true).Write(0, new byte[100_000]);
        var run = fixture.Run(RunFixture.Entries([([1], [2])]), RunLayout.Standard);
        Assert.Equal(run.Info.LengthBytes, fixture.Files["00000001.run"].LengthBytes);
    }

    [Fact]
    public void Entries_are_counted_by_table()
    {
        using var fixture = new RunFixture();
        var run = fixture.Run(
            RunFixture.Entries([([0, 0, 0, 1, 5], [1, 2]), ([0, 0, 0, 1, 6], []), ([0, 0, 1, 0], [7]), ([0, 0, 1], [8, 8, 8])]),
            RunLayout.Standard);
        Assert.Equal(2, run.Tables.Count);
        Assert.Equal(new RunTableStatistics(2, 1, 12), run.Tables[1]);
        Assert.Equal(new RunTableStatistics(2, 0, 11), run.Tables[256]);
        Assert.Equal((4, 1), (run.Info.EntryCount, run.Info.RemovalCount));
    }

    [Fact]
    public void A_run_may_be_empty()
    {
        using var fixture = new RunFixture();
        var (set, _) = fixture.Set([RunFixture.Entries([])], RunLayout.Standard);
        Assert.Equal(RunFooter.SizeBytes, set.Runs[0].Info.LengthBytes);
        Assert.Equal(Lookup.Absent, RunFixture.Find(set, [1]).Answer);
        Assert.Empty(RunFixture.Walk(new RunSetCursor(), set, [], [], ascending: true));
        set.Release();
    }

    private static byte[] Big(int i) => [(byte)(i >> 24), (byte)(i >> 16), (byte)(i >> 8), (byte)i];
}
