using System.Buffers.Binary;
using Storage.Engine.Encoding;
using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>The layers of one partition: what freezing and publishing do to readers, to writers and to the budget.</summary>
public sealed class PartitionLayersTests : IDisposable
{
    private readonly RunFixture fixture = new();
    private readonly MemoryBudget budget = new(long.MaxValue, long.MaxValue);
    private readonly Partition partition;
    private readonly ColdEntry cold = new();
    private readonly List<RunSet> sets = [];
    private long lsn;

    public PartitionLayersTests() => partition = new Partition(1, 0, budget);

    public void Dispose()
    {
        partition.Close(PartitionClosing.StoreClosed);
        sets.ForEach(set => set.Release());
        cold.Dispose();
        fixture.Dispose();
    }

    [Fact]
    public void What_was_read_before_a_checkpoint_does_not_count_after_it()
    {
        Put(1, 10);
        Checkpoint();
        partition.Prefetch(Key(1), cold);
        Assert.True(TryPeek(1, out var value));
        Assert.Equal([10], value);

        Put(1, 20);
        Checkpoint();

        Assert.False(TryPeek(1, out _));
        partition.Prefetch(Key(1), cold);
        Assert.True(TryPeek(1, out value));
        Assert.Equal([20], value);
    }

    [Fact]
    public void What_was_read_before_a_merge_still_counts_after_it()
    {
        Put(1, 10);
        Checkpoint();
        partition.Prefetch(Key(2), cold);

        Publish(new RunSet(sets[^1].CheckpointLsn, sets[^1].Runs));

        Assert.True(TryPeek(2, out var value));
        Assert.Empty(value);
    }

    [Fact]
    public void A_merge_of_older_runs_leaves_frozen_memory_in_place()
    {
        Put(1, 10);
        Checkpoint();
        Put(2, 20);
        Assert.True(partition.Freeze());

        Publish(new RunSet(sets[^1].CheckpointLsn, sets[^1].Runs));

        Assert.NotNull(partition.Frozen);
        Assert.Equal([20], Read(2));
        Assert.Equal([10], Read(1));
    }

    [Fact]
    public void A_partition_made_after_the_checkpoint_takes_no_older_runs_and_keeps_what_is_frozen()
    {
        var (set, _) = fixture.Set([RunFixture.Entries([(Key(9), [1])])], RunFixture.Small);
        sets.Add(set);
        lsn = set.CheckpointLsn;
        Put(1, 10);
        partition.Freeze();

        partition.Publish(set);

        Assert.False(partition.HasRuns);
        Assert.Equal([10], Read(1));
    }

    [Fact]
    public void A_partition_that_was_never_frozen_needs_no_runs_and_keeps_no_removals()
    {
        Put(1, 10);
        Remove(1);
        var (set, _) = fixture.Set([RunFixture.Entries([(Key(9), [1])])], RunFixture.Small);
        sets.Add(set);

        Assert.True(partition.Freeze());
        partition.Publish(set);

        Assert.False(partition.HasRuns);
        Assert.Null(partition.Frozen);
        Assert.False(partition.Freeze());
    }

    [Fact]
    public void Memory_counts_in_the_budget_until_it_is_frozen()
    {
        Assert.Equal(0, budget.ActiveBytes);
        for (var i = 0; i < 1000; i++)
        {
            Put(i, 1);
        }

        Assert.InRange(budget.ActiveBytes, 20_000, 200_000);
        partition.Freeze();
        Assert.Equal(0, budget.ActiveBytes);
        Put(1, 2);
        var one = budget.ActiveBytes;
        Assert.InRange(one, 1, 10_000);
        Assert.Throws<InvalidOperationException>(() => partition.Freeze());
        partition.Close(PartitionClosing.Dropped);
        Assert.Equal(0, budget.ActiveBytes);
    }

    /// <summary>A queue's consumed items: what is left must be found, and no call may walk all of what is gone at once.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void A_long_stretch_of_removals_is_walked_in_bounded_steps(bool removalsInRuns, bool ascending)
    {
        const int Gone = 20_000;
        Put(0, 1);
        Put(Gone + 1, 2);
        for (var i = 1; i <= Gone; i++)
        {
            Put(i, 1);
        }

        Checkpoint();
        for (var i = 1; i <= Gone; i++)
        {
            Remove(i);
        }

        if (removalsInRuns)
        {
            Checkpoint();
        }

        var found = new List<byte>();
        var calls = 0;
        var reader = new PartitionReader();
        var near = new KeyBuffer();
        near.CopyFrom(ascending ? Key(0) : Key(int.MaxValue));
        var far = ascending ? Key(int.MaxValue) : Key(0);
        do
        {
            calls++;
            reader.Read(partition, ascending, near, far, 10, 100_000);
            for (var i = 0; i < reader.Page.Count; i++)
            {
                found.AddRange(reader.Page.Value(i));
            }
        }
        while (!reader.Page.Exhausted);

        Assert.Equal(ascending ? [1, 2] : [2, 1], found);
        Assert.InRange(calls, 5, Gone);
    }

    [Fact]
    public void A_closed_partition_says_why_it_cannot_tell()
    {
        Put(1, 10);
        Checkpoint();
        Put(2, 20);
        partition.Close(PartitionClosing.Dropped);

        Assert.Equal([20], Read(2));
        Assert.Equal(
            "ResourceNotFoundException", Assert.Throws<Engine.Model.DynamoDbException>(() => Read(1)).ErrorType);
    }

    private static byte[] Key(int number)
    {
        var key = new byte[16];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(12), number);
        key[3] = 20;
        return key;
    }

    private void Put(int number, byte value)
    {
        var existed = Read(number).Length > 0;
        partition.Latch.EnterWrite();
        partition.Put(Key(number), [value], existed, 1, 1, ++lsn);
        partition.Latch.ExitWrite();
    }

    private void Remove(int number)
    {
        partition.Latch.EnterWrite();
        partition.Remove(Key(number), true, 1, ++lsn);
        partition.Latch.ExitWrite();
    }

    private byte[] Read(int number)
    {
        using var value = ValueWriter.Rent();
        partition.Read(Key(number), value, out _);
        return value.Written.ToArray();
    }

    private bool TryPeek(int number, out byte[] value)
    {
        lock (partition.Writer)
        {
            var known = partition.TryPeek(Key(number), cold, out var bytes, out _);
            value = bytes.ToArray();
            return known;
        }
    }

    private void Checkpoint()
    {
        partition.Freeze();
        var page = new EntryPage();
        var entries = new List<(byte[], byte[])>();
        byte[] from = [];
        do
        {
            partition.Frozen!.ReadForward(from, default, 1000, 100_000, page);
            for (var i = 0; i < page.Count; i++)
            {
                entries.Add((page.Key(i).ToArray(), page.Value(i).ToArray()));
            }

            from = page.Count == 0 ? from : [.. page.Key(page.Count - 1), 0];
        }
        while (!page.Exhausted);

        var run = fixture.Run(RunFixture.Entries(entries), RunLayout.Standard);
        Publish(new RunSet(lsn, [run, .. sets.Count == 0 ? [] : sets[^1].Runs]));
    }

    private void Publish(RunSet set)
    {
        sets.Add(set);
        partition.Publish(set);
    }
}
