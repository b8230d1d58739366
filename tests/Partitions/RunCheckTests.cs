using Storage.Engine.Partitions;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>"A damaged block of a run fails the reads that need it by name; never skipped silently, `verify` finds all." The issue on durability.</summary>
public sealed class RunCheckTests
{
    private static readonly SortedDictionary<byte[], byte[]> Some = RunFixture.Entries(
        Enumerable.Range(0, 160).Select(i => ((byte[])[0, 0, 0, (byte)(16 + (i / 70)), 5, 5, 5, 5, 5, 5, 5, (byte)(i / 4), (byte)i], new byte[(i * 7) % 28])));

    internal static List<RunFinding> Findings(MemoryFiles files, RunInfo info, RunEntryVisitor? visit = null)
    {
        var findings = new List<RunFinding>();
        RunCheck.Run(files, RunKind.State, RunFixture.Store, info, findings.Add, visit);
        return findings;
    }

    [Theory]
    [InlineData(256)]
    [InlineData(8192)]
    public void A_sound_run_has_no_findings_and_shows_all_entries(int blockBytes)
    {
        using var fixture = new RunFixture();
        var info = fixture.Write(Some, new RunLayout(blockBytes, blockBytes));
        var shown = new List<(byte[], byte[])>();
        Assert.Empty(Findings(fixture.Files, info, (key, value) => shown.Add((key.ToArray(), value.ToArray()))));
        RunFixture.AssertSame(RunFixture.Within(Some, [], [], true), shown);
        Assert.Empty(Findings(fixture.Files, fixture.Write(RunFixture.Entries([]), RunLayout.Standard)));
    }

    [Fact]
    public void Any_changed_byte_is_found_and_no_read_gives_a_wrong_answer()
    {
        using var fixture = new RunFixture();
        var few = RunFixture.Entries(Some.Where((_, index) => index % 5 == 0).Select(entry => (entry.Key, entry.Value)));
        var info = fixture.Write(few, new RunLayout(128, 128));
        using (var intact = new BlockCache(0))
        {
            var run = RunFile.Open(fixture.Files, RunKind.State, RunFixture.Store, info, intact);
            Assert.InRange(run.RootLevel, 2, 3);
            run.Release();
        }

        var file = fixture.Files["00000001.run"];
        var bytes = file.Bytes;
        var random = new Random(5);
        for (var offset = 0; offset < bytes.Length; offset++)
        {
            var changed = (byte)(bytes[offset] ^ (1 << random.Next(8)));
            file.Write(offset, [changed]);
            var findings = Findings(fixture.Files, info);
            Assert.NotEmpty(findings);
            Assert.All(findings, finding => Assert.Equal("00000001.run", finding.File));
            AssertNoWrongAnswer(fixture.Files, info, few);
            file.Write(offset, [bytes[offset]]);
        }

        Assert.Empty(Findings(fixture.Files, info));
    }

    [Fact]
    public void Blocks_that_are_each_intact_but_elsewhere_are_found()
    {
        using var fixture = new RunFixture();
        var info = fixture.Write(Some, RunFixture.Small);
        var file = fixture.Files["00000001.run"];
        var bytes = file.Bytes;
        var (first, second) = TwoBlocksOfOneLength(bytes);
        file.Write(first.Offset, bytes.AsSpan(second.Offset, second.Length));
        file.Write(second.Offset, bytes.AsSpan(first.Offset, first.Length));
        var findings = Findings(fixture.Files, info);
        Assert.Contains(findings, finding => finding.Offset == first.Offset);
        Assert.Contains(findings, finding => finding.Offset == second.Offset);
        AssertNoWrongAnswer(fixture.Files, info, Some);

        // The same block of a file of another number.
        file.Write(0, bytes);
        var other = fixture.Write(Some, RunFixture.Small);
        file.Write(0, fixture.Files[RunWriter.NameOf(RunKind.State, other.Number)].Bytes.AsSpan(0, first.Length));
        Assert.Contains(Findings(fixture.Files, info), finding => finding.Offset == 0);
    }

    [Fact]
    public void Every_damaged_block_is_told_and_the_others_entries_are_shown()
    {
        using var fixture = new RunFixture();
        var info = fixture.Write(Some, RunFixture.Small);
        var file = fixture.Files["00000001.run"];
        var blocks = Blocks(file.Bytes, info);
        var data = blocks.Where(block => block.Kind == RunBlockKind.Data).ToList();
        Assert.True(data.Count > 10);
        file.Write(data[2].Offset + 30, [0xEE, 0xEE, 0xEE]);
        file.Write(data[7].Offset + 30, [0xEE, 0xEE, 0xEE]);
        var shown = 0;
        var findings = Findings(fixture.Files, info, (_, _) => shown++);
        Assert.Equal([data[2].Offset, data[7].Offset], findings.Select(finding => (int)finding.Offset).Order());
        Assert.Equal(Some.Count - data[2].Count - data[7].Count, shown);
    }

    [Fact]
    public void Entries_below_a_damaged_index_block_are_shown()
    {
        using var fixture = new RunFixture();
        var info = fixture.Write(Some, RunFixture.Small);
        var file = fixture.Files["00000001.run"];
        var bytes = file.Bytes;
        foreach (var index in Blocks(bytes, info).Where(block => block.Kind == RunBlockKind.Index))
        {
            file.Write(index.Offset + 30, [(byte)~bytes[index.Offset + 30]]);
            var shown = new List<(byte[], byte[])>();
            var findings = Findings(fixture.Files, info, (key, value) => shown.Add((key.ToArray(), value.ToArray())));
            Assert.Equal(index.Offset, findings[0].Offset);
            RunFixture.AssertSame(RunFixture.Within(Some, [], [], true), shown);

            // And with a data block among them: only its entries are lost.
            var lost = Blocks(bytes, info).First(block => block.Kind == RunBlockKind.Data);
            file.Write(lost.Offset + 30, [(byte)~bytes[lost.Offset + 30]]);
            shown.Clear();
            findings = Findings(fixture.Files, info, (key, value) => shown.Add((key.ToArray(), value.ToArray())));
            Assert.Contains(findings, finding => finding.Offset == lost.Offset);
            RunFixture.AssertSame([.. RunFixture.Within(Some, [], [], true).Skip(lost.Count)], shown);
            file.Write(0, bytes);
        }
    }

    [Fact]
    public void Entries_of_a_file_without_its_end_are_shown()
    {
        using var fixture = new RunFixture();
        var info = fixture.Write(Some, RunFixture.Small);
        var blocks = Blocks(fixture.Files["00000001.run"].Bytes, info);
        var data = blocks.Where(block => block.Kind == RunBlockKind.Data).ToList();
        fixture.Files["00000001.run"].SetLength(data[^1].Offset + 5);
        var shown = 0;
        var findings = Findings(fixture.Files, info, (_, _) => shown++);
        Assert.Contains("bytes where the manifest says", findings[0].Text, StringComparison.Ordinal);
        Assert.Equal(Some.Count - data[^1].Count, shown);
        fixture.Files.Delete("00000001.run");
        Assert.Equal("is missing", Assert.Single(Findings(fixture.Files, info)).Text);
    }

    [Fact]
    public void A_device_that_fails_is_a_finding()
    {
        using var fixture = new RunFixture();
        var info = fixture.Write(Some, RunFixture.Small);
        var reads = 0;
        fixture.Files.Before = (operation, _) =>
        {
            if (operation == FileOperation.Read && ++reads == 5)
            {
                throw new IOException("Input/output error");
            }
        };
        Assert.Contains("Input/output error", Assert.Single(Findings(fixture.Files, info)).Text, StringComparison.Ordinal);
    }

    private static void AssertNoWrongAnswer(MemoryFiles files, RunInfo info, SortedDictionary<byte[], byte[]> entries)
    {
        using var cache = new BlockCache(64 * 1024);
        RunFile run;
        try
        {
            run = RunFile.Open(files, RunKind.State, RunFixture.Store, info, cache);
        }
        catch (InvalidDataException)
        {
            return;
        }

        var set = new RunSet(1, [run]);
        foreach (var (key, value) in entries)
        {
            try
            {
                var (answer, found) = RunFixture.Find(set, key);
                Assert.Equal(value.Length == 0 ? Lookup.Removed : Lookup.Found, answer);
                Assert.True(found.AsSpan().SequenceEqual(value));
            }
            catch (DamagedBlockException damage)
            {
                Assert.Equal("00000001.run", damage.File);
            }
        }

        var cursor = new RunSetCursor();
        foreach (var ascending in (bool[])[true, false])
        {
            try
            {
                RunFixture.AssertSame(RunFixture.Within(entries, [], [], ascending), RunFixture.Walk(cursor, set, [], [], ascending));
            }
            catch (DamagedBlockException damage)
            {
                Assert.Equal("00000001.run", damage.File);
            }
        }

        cursor.Stop();
        set.Release();
        run.Release();
    }

    private static (Block First, Block Second) TwoBlocksOfOneLength(byte[] bytes)
    {
        var first = new Block(0, RunBlock.LengthOf(bytes), RunBlockKind.Data, 0);
        for (var at = first.Length; ; at += RunBlock.LengthOf(bytes.AsSpan(at)))
        {
            if (RunBlock.LengthOf(bytes.AsSpan(at)) == first.Length && RunBlock.KindOf(bytes.AsSpan(at)) == RunBlockKind.Data)
            {
                return (first, first with { Offset = at });
            }
        }
    }

    private static List<Block> Blocks(byte[] bytes, RunInfo info)
    {
        var blocks = new List<Block>();
        for (var at = 0; at < info.LengthBytes - RunFooter.SizeBytes;)
        {
            var block = bytes.AsSpan(at);
            var length = RunBlock.LengthOf(block);
            blocks.Add(new Block(at, length, RunBlock.KindOf(block), new RunBlock(block[..length]).Count));
            at += length;
        }

        return blocks;
    }

    private sealed record Block(int Offset, int Length, RunBlockKind Kind, int Count);
}
