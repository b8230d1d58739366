using CsCheck;
using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>"Runs are merged in tiers; tombstones and dropped tables die in the bottom run." The design, Memory, runs.</summary>
public sealed class RunMergeTests
{
    private static readonly Gen<(byte[], byte[])> Entry = Gen.Select(
        Gen.Select(Gen.Byte[1, 3], Gen.Byte[0, 3].Array[0, 5]).Select((table, rest) => (byte[])[0, 0, 0, table, .. rest]),
        Gen.Frequency((1, Gen.Const(0)), (3, Gen.Int[1, 60]), (1, Gen.Int[200, 600])).Select(length => Enumerable.Repeat((byte)length, length).ToArray()));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_merge_holds_what_its_inputs_hold_together(bool dropsRemovals)
    {
        Gen.Select(Entry.Array[0, 150].Array[1, 5], Gen.Int[0, 3]).Sample(
            (runs, deadTable) =>
            {
                using var fixture = new RunFixture();
                var (set, union) = fixture.Set([.. runs.Select(entries => RunFixture.Entries(entries))], RunFixture.Small);
                var reads = fixture.Cache.MissCount;
                var info = RunMerge.Run(
                    fixture.Files, RunKind.State, RunFixture.Store, 99, 1, set.Runs, dropsRemovals,
                    (key, _) => key[3] == deadTable, RunFixture.Small, default);
                Assert.Equal(reads, fixture.Cache.MissCount);
                set.Release();

                var expected = RunFixture.Entries(union
                    .Where(entry => entry.Key[3] != deadTable && (entry.Value.Length > 0 || !dropsRemovals))
                    .Select(entry => (entry.Key, entry.Value)));
                Assert.Equal(
                    (99, 1, 10, (runs.Length * 10) + 9, runs.Length * 1000, expected.Count, expected.Count(entry => entry.Value.Length == 0)),
                    (info.Number, info.Level, info.FirstLsn, info.LastLsn, info.LastTimeMicros, info.EntryCount, info.RemovalCount));
                var merged = new RunSet(1, [fixture.Open(info)]);
                var cursor = new RunSetCursor();
                RunFixture.AssertSame(RunFixture.Within(expected, [], [], true), RunFixture.Walk(cursor, merged, [], [], true));
                Assert.Empty(RunCheckTests.Findings(fixture.Files, info));
                merged.Release();
            },
            iter: 60,
            threads: 1);
    }

    [Fact]
    public void A_merge_can_be_given_up()
    {
        using var fixture = new RunFixture();
        var (set, _) = fixture.Set([Many()], RunFixture.Small);
        using var source = new CancellationTokenSource();
        var seen = 0;
        Assert.Throws<OperationCanceledException>(() => RunMerge.Run(
            fixture.Files, RunKind.State, RunFixture.Store, 99, 1, set.Runs, true,
            (_, _) =>
            {
                seen++;
                source.Cancel();
                return false;
            },
            source.Token));
        Assert.InRange(seen, 1, 40); // one block's entries
        set.Release();
    }

    [Fact]
    public void A_merge_of_a_damaged_run_fails_by_name()
    {
        using var fixture = new RunFixture();
        var (set, _) = fixture.Set([Many()], RunFixture.Small);
        var run = set.Runs[0];
        var bytes = fixture.Files[run.Name].Bytes;
        for (var offset = 0; offset < run.Root.End; offset += 7)
        {
            fixture.Files[run.Name].Write(offset, [(byte)(bytes[offset] ^ 4)]);
            var damage = Assert.Throws<DamagedBlockException>(() => RunMerge.Run(
                fixture.Files, RunKind.State, RunFixture.Store, 99, 1, set.Runs, true, (_, _) => false, default));
            Assert.Equal(run.Name, damage.File);
            Assert.InRange(offset, damage.Offset, damage.Offset + 256);
            fixture.Files[run.Name].Write(offset, [bytes[offset]]);
        }

        set.Release();
    }

    private static SortedDictionary<byte[], byte[]> Many() => RunFixture.Entries(
        Enumerable.Range(0, 200).Select(i => ((byte[])[0, 0, 0, 1, (byte)i], new byte[20])));
}
