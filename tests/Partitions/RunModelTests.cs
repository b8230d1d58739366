using CsCheck;
using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>"Run: an immutable sorted file over the whole store"; newer runs hide older ones. The design, Nouns and Memory.</summary>
public sealed class RunModelTests
{
    private static readonly Gen<byte[]> Short = Gen.Byte[0, 3].Array[0, 4];

    // As keys of items are: few tables, few partitions, several sort keys.
    private static readonly Gen<byte[]> Item = Gen.Select(Gen.Byte[1, 3], Gen.Byte[0, 6], Gen.Byte[0, 9].Array[0, 3])
        .Select((table, partition, sort) => (byte[])[0, 0, 0, table, 9, 9, 9, 9, 9, 9, 9, partition, .. sort]);

    private static readonly Gen<byte[]> Long = Gen.Select(AnyOf(100, 240, 600, 5000, 65_530), Gen.Byte[0, 2], Gen.Byte[0, 3].Array[0, 5])
        .Select((length, fill, tail) => (byte[])[.. Enumerable.Repeat(fill, length), .. tail]);

    private static readonly Gen<byte[]> Key = Gen.Frequency((4, Short), (12, Item), (1, Long), (4, Gen.Byte.Array[8, 20]));

    private static readonly Gen<byte[]> Value = Gen.Select(
            Gen.Frequency((3, Gen.Const(0)), (8, Gen.Int[1, 40]), (2, Gen.Int[100, 700])), Gen.Byte)
        .Select((length, fill) => Enumerable.Repeat(fill, length).ToArray());

    private static readonly Gen<SortedDictionary<byte[], byte[]>> Run =
        Gen.Select(Key, Value).Array[0, 120].Select(entries => RunFixture.Entries(entries.Select(entry => (entry.Item1, entry.Item2))));

    private static readonly Gen<RunLayout> Layout = Gen.Select(AnyOf(64, 256, 1024, 8192), AnyOf(128, 256, 8192))
        .Select((block, filter) => new RunLayout(block, filter));

    [Fact]
    public void Runs_agree_with_a_sorted_dictionary()
    {
        Gen.Select(Run.Array[1, 5], Layout, AnyOf(0, 200_000, 1 << 26), Key.Array[8], Key.Array[8]).Sample(
            (runs, layout, cacheBytes, lows, highs) =>
            {
                using var fixture = new RunFixture(cacheBytes);
                var (set, union) = fixture.Set(runs, layout);
                foreach (var key in union.Keys.Concat(lows))
                {
                    var (answer, value) = RunFixture.Find(set, key);
                    var found = union.TryGetValue(key, out var expected);
                    Assert.Equal(!found ? Lookup.Absent : expected!.Length == 0 ? Lookup.Removed : Lookup.Found, answer);
                    Assert.True(value.AsSpan().SequenceEqual(expected ?? []));
                }

                var cursor = new RunSetCursor();
                for (var i = 0; i < lows.Length; i++)
                {
                    WalkBothWays(cursor, set, union, lows[i], highs[i]);
                    WalkBothWays(cursor, set, union, lows[i], lows[i]);
                    WalkBothWays(cursor, set, union, lows[i], [.. lows[i], 0]);
                    WalkBothWays(cursor, set, union, lows[i], [.. lows[i], 255, 255, 255]);
                    WalkBothWays(cursor, set, union, lows[i], []);
                }

                WalkBothWays(cursor, set, union, [], []);
                set.Release();
            },
            iter: 60,
            threads: 1);
    }

    [Fact]
    public void A_tree_of_several_levels_agrees_with_a_sorted_dictionary()
    {
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                var runs = Enumerable.Range(0, 3).Select(_ => RunFixture.Entries(Enumerable.Range(0, 1500).Select(_ => Entry(random)))).ToArray();
                using var fixture = new RunFixture();
                var (set, union) = fixture.Set(runs, RunFixture.Small);
                Assert.True(set.Runs[0].RootLevel >= 3);
                foreach (var (key, value) in union)
                {
                    Assert.Equal(value.Length == 0 ? Lookup.Removed : Lookup.Found, RunFixture.Find(set, key).Answer);
                }

                var cursor = new RunSetCursor();
                WalkBothWays(cursor, set, union, [], []);
                for (var i = 0; i < 25; i++)
                {
                    var (low, high) = (Entry(random).Key, Entry(random).Key);
                    Assert.Equal(union.ContainsKey(low), RunFixture.Find(set, low).Answer != Lookup.Absent);
                    WalkBothWays(cursor, set, union, low, high);
                    WalkBothWays(cursor, set, union, low[..12], [.. low[..12], 255]);
                    WalkBothWays(cursor, set, union, low[..5], [.. low[..5], 255]);
                }

                set.Release();
            },
            iter: 2,
            threads: 1);
    }

    private static Gen<int> AnyOf(params int[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static (byte[] Key, byte[] Value) Entry(Random random)
    {
        byte[] key = [0, 0, 0, (byte)random.Next(1, 4), (byte)random.Next(40), 7, 7, 7, 7, 7, 7, (byte)random.Next(3), 0, 0];
        key[12] = (byte)random.Next(64);
        key[13] = (byte)random.Next(2);
        return (key, new byte[random.Next(20)]);
    }

    private static void WalkBothWays(
        RunSetCursor cursor, RunSet set, SortedDictionary<byte[], byte[]> union, byte[] low, byte[] high)
    {
        foreach (var ascending in (bool[])[true, false])
        {
            RunFixture.AssertSame(
                RunFixture.Within(union, low, high, ascending), RunFixture.Walk(cursor, set, low, high, ascending));
        }
    }
}
