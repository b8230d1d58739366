using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>"A reader-writer latch held exclusively only while applying." The design, rule 4.</summary>
public sealed class ReadWriteLatchTests
{
    [Fact]
    public async Task Two_readers_are_inside_together()
    {
        var latch = new ReadWriteLatch();
        using var both = new Barrier(2);
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () =>
            {
                latch.EnterRead();
                var met = both.SignalAndWait(TimeSpan.FromSeconds(30));
                latch.ExitRead();
                return met;
            },
            TaskCreationOptions.LongRunning)).ToArray();
        Assert.All(await Task.WhenAll(readers), Assert.True);
    }

    [Fact]
    public async Task Writers_exclude_each_other_and_readers()
    {
        var latch = new ReadWriteLatch();
        var (a, b) = (0L, 0L);
        var torn = 0;
        const int writes = 20_000;
        var writers = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < writes; i++)
                {
                    latch.EnterWrite();
                    a++;
                    b++;
                    latch.ExitWrite();
                }
            },
            TaskCreationOptions.LongRunning));
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < writes; i++)
                {
                    latch.EnterRead();
                    torn += a == b ? 0 : 1;
                    latch.ExitRead();
                }
            },
            TaskCreationOptions.LongRunning));
        await Task.WhenAll(writers.Concat(readers));
        Assert.Equal(0, torn);
        Assert.Equal(2 * writes, a);
    }

    [Fact]
    public async Task A_waiting_writer_is_not_starved_by_readers_that_keep_coming()
    {
        var latch = new ReadWriteLatch();
        var written = false;
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (!Volatile.Read(ref written))
                {
                    latch.EnterRead();
                    Thread.SpinWait(20);
                    latch.ExitRead();
                }
            },
            TaskCreationOptions.LongRunning)).ToArray();
        latch.EnterWrite();
        latch.ExitWrite();
        Volatile.Write(ref written, true);
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task A_tree_under_the_latch_shows_readers_only_whole_changes()
    {
        var latch = new ReadWriteLatch();
        var tree = new SortedMemory();
        var done = false;
        var reader = Task.Factory.StartNew(
            () =>
            {
                var page = new EntryPage();
                var key = new byte[4];
                while (!Volatile.Read(ref done))
                {
                    latch.EnterRead();
                    tree.ReadForward(key, default, 50, 10_000, page);
                    latch.ExitRead();
                    for (var i = 0; i < page.Count; i++)
                    {
                        // Every value holds its key and the low byte of its length.
                        var value = page.Value(i);
                        Assert.True(value[..4].SequenceEqual(page.Key(i)));
                        Assert.Equal((byte)value.Length, value[^1]);
                    }

                    key[0] += 37;
                }
            },
            TaskCreationOptions.LongRunning);
        var random = new Random(11);
        var value = new byte[300];
        for (var i = 0; i < 60_000; i++)
        {
            random.NextBytes(value.AsSpan(0, 2));
            value.AsSpan(2, 2).Clear();
            var length = random.Next(5, value.Length);
            value[length - 1] = (byte)length;
            latch.EnterWrite();
            if (random.Next(4) == 0)
            {
                tree.Remove(value.AsSpan(0, 4), i);
            }
            else
            {
                tree.Put(value.AsSpan(0, 4), value.AsSpan(0, length), i);
            }

            latch.ExitWrite();
        }

        Volatile.Write(ref done, true);
        await reader;
    }
}
