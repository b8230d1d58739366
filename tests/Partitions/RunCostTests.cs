using Storage.Engine.Encoding;
using Storage.Engine.Partitions;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>What reading costs, in reads of blocks and allocations. "A scan of cold data reads mostly in order." The issue on durability.</summary>
public sealed class RunCostTests
{
    private const int Entries = 20_000;

    [Fact]
    public void Filters_answer_nearly_all_questions_for_keys_that_are_not_there()
    {
        using var fixture = new RunFixture();
        var run = fixture.Run(Table(entry => true), RunLayout.Standard);
        var passed = 0;
        var asked = 0;
        for (var i = 0; i < Entries; i++)
        {
            var hash = RunFilter.HashOf(Key(i, 9));
            passed += Passes(run, hash) ? 1 : 0;
            asked++;
        }

        // 10 bits a hash in lines of 512: about 1 % pass. All that are there must.
        Assert.InRange(passed, 1, asked / 50);
        for (var i = 0; i < Entries; i++)
        {
            Assert.True(Passes(run, RunFilter.HashOf(Key(i, 0))));
            Assert.True(Passes(run, RunFilter.HashOf(Key(i, 0).AsSpan(0, 12))));
        }
    }

    [Fact]
    public void Ranges_within_a_partition_that_a_run_lacks_read_no_data()
    {
        using var fixture = new RunFixture();
        var (set, _) = fixture.Set([Table(i => i % 2 == 0)], RunLayout.Standard);
        var cursor = new RunSetCursor();
        RunFixture.Walk(cursor, set, [], [], ascending: true); // index and filters are in the cache from here on
        foreach (var ascending in (bool[])[true, false])
        {
            var before = fixture.Cache.HitCount + fixture.Cache.MissCount;
            for (var i = 1; i < Entries; i += 2)
            {
                Assert.Empty(RunFixture.Walk(cursor, set, Key(i, 0), [.. Key(i, 0)[..12], 255], ascending));
            }

            // The filter's block, and now and then the rest of the path: one in a hundred, and where a range touches
            // the border of two filters.
            var asked = fixture.Cache.HitCount + fixture.Cache.MissCount - before;
            Assert.InRange(asked, 1, Entries / 2 * 12 / 10);
        }

        set.Release();
    }

    [Fact]
    public void A_cold_get_reads_one_block_of_each_kind_and_a_warm_one_none()
    {
        using var fixture = new RunFixture();
        var (set, _) = fixture.Set([Table(_ => true)], RunLayout.Standard);
        Assert.Equal(1, set.Runs[0].RootLevel);
        var before = fixture.Files.Count(FileOperation.Read);
        Assert.Equal(Lookup.Found, RunFixture.Find(set, Key(777, 0)).Answer);
        Assert.Equal(2, fixture.Files.Count(FileOperation.Read) - before);
        Assert.Equal(Lookup.Found, RunFixture.Find(set, Key(777, 0)).Answer);
        Assert.Equal(2, fixture.Files.Count(FileOperation.Read) - before);
        set.Release();
    }

    [Fact]
    public void A_cold_scan_reads_every_block_once_at_most()
    {
        using var fixture = new RunFixture();
        var (set, union) = fixture.Set([Table(_ => true)], RunLayout.Standard);
        var before = fixture.Files.Count(FileOperation.Read);
        Assert.Equal(Entries, RunFixture.Walk(new RunSetCursor(), set, [], [], ascending: true).Count);
        var reads = fixture.Files.Count(FileOperation.Read) - before;
        Assert.InRange(reads, 2, (set.Runs[0].Info.LengthBytes / 8000) + 1);
        set.Release();
    }

    [Fact]
    public void A_table_that_a_run_lacks_costs_it_no_read()
    {
        using var fixture = new RunFixture();
        var (set, _) = fixture.Set([Table(_ => true)], RunLayout.Standard);
        var before = fixture.Files.Count(FileOperation.Read);
        Assert.Empty(RunFixture.Walk(new RunSetCursor(), set, [0, 0, 0, 15], [0, 0, 0, 16], ascending: true));
        Assert.Empty(RunFixture.Walk(new RunSetCursor(), set, [0, 0, 0, 17], [], ascending: false));
        Assert.Equal(Lookup.Absent, RunFixture.Find(set, [0, 0, 0, 17, 1, 2, 3]).Answer);
        Assert.Equal(before, fixture.Files.Count(FileOperation.Read));
        set.Release();
    }

    [Fact]
    public void Warm_reads_allocate_nothing()
    {
        using var fixture = new RunFixture();
        var (set, _) = fixture.Set([Table(i => i % 3 == 0), Table(i => i % 2 == 0)], RunFixture.Small);
        var cursor = new RunSetCursor();
        var key = Key(3000, 0);
        var high = Key(3100, 0);
        using var value = ValueWriter.Rent();
        Read();
        Read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        set.Release();

        void Read()
        {
            value.Clear();
            Assert.True(set.Find(key, value) == Lookup.Found);
            cursor.Start(set, key, high, ascending: true);
            while (cursor.MoveNext())
            {
            }

            cursor.Stop();
            cursor.Start(set, key, high, ascending: false);
            while (cursor.MoveNext())
            {
            }

            cursor.Stop();
        }
    }

    /// <summary>Asks the one filter of a run whose root is of level 1.</summary>
    private static bool Passes(RunFile run, ulong hash)
    {
        Assert.Equal(1, run.RootLevel);
        return run.MayContain(run.Root, hash);
    }

    private static SortedDictionary<byte[], byte[]> Table(Func<int, bool> has) => RunFixture.Entries(
        Enumerable.Range(0, Entries).Where(has).Select(i => (Key(i, 0), new byte[60])));

    private static byte[] Key(int i, byte sort) =>
        [0, 0, 0, 16, 0, 0, (byte)(i >> 24), (byte)(i >> 16), (byte)(i >> 8), (byte)i, 0, 0, 1, sort];
}
