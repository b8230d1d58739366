using Storage.Engine.Encoding;
using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>"A merge gives another set of the same content. Whoever holds a reference can read it."</summary>
public sealed class RunConcurrencyTests
{
    [Fact]
    public async Task Readers_see_the_same_content_while_merges_replace_the_files()
    {
        using var fixture = new RunFixture(cacheBytes: 100_000); // less than the runs take
        var (set, union) = fixture.Set([Table(0), Table(1), Table(2)], new RunLayout(1024, 1024));
        var current = set;
        var gate = new Lock();
        using var done = new CancellationTokenSource();
        var keys = union.Keys.ToArray();
        var readers = Enumerable.Range(0, 3).Select(seed => Task.Run(() => Read(seed))).ToArray();

        var superseded = new List<RunFile>();
        for (var number = 100; number < 115; number++)
        {
            var info = RunMerge.Run(
                fixture.Files, RunKind.State, RunFixture.Store, number, 1, current.Runs, false, (_, _) => false, new RunLayout(512, 512), default);
            var run = RunFile.Open(fixture.Files, RunKind.State, RunFixture.Store, info, fixture.Cache);
            var next = new RunSet(current.CheckpointLsn, [run]);
            run.Release();
            var old = current;
            foreach (var input in old.Runs.Where(input => input.Info.Number >= 100))
            {
                input.DeleteWhenUnused();
                superseded.Add(input);
            }

            lock (gate)
            {
                current = next;
            }

            old.Release();
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
        Assert.All(superseded, run => Assert.False(fixture.Files.Exists(run.Name)));
        current.Release();

        void Read(int seed)
        {
            var random = new Random(seed);
            var cursor = new RunSetCursor();
            using var value = ValueWriter.Rent();
            do
            {
                RunSet held;
                lock (gate)
                {
                    held = current;
                    held.Acquire();
                }

                var key = keys[random.Next(keys.Length)];
                value.Clear();
                Assert.Equal(Lookup.Found, held.Find(key, value));
                Assert.True(value.Written.SequenceEqual(union[key]));
                cursor.Start(held, key, [], random.Next(2) == 0);
                for (var i = 0; i < 50 && cursor.MoveNext(); i++)
                {
                    Assert.True(cursor.Value.SequenceEqual(union[cursor.Key.ToArray()]));
                }

                held.Release();
                cursor.Stop();
            }
            while (!done.IsCancellationRequested);
        }
    }

    private static SortedDictionary<byte[], byte[]> Table(int age) => RunFixture.Entries(
        Enumerable.Range(0, 3000).Where(i => i % (age + 1) == 0).Select(i =>
            ((byte[])[0, 0, 0, 16, 1, 2, 3, 4, 5, 6, (byte)(i >> 8), (byte)i, 7], Enumerable.Repeat((byte)(age + 1), 40).ToArray())));
}
